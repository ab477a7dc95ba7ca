/** How much room this site takes on the device, and whether the browser promises to keep it. */

/**
 * Ask the browser to keep what is stored here when the device runs out of room. Some ask the
 * visitor, others decide by themselves.
 */
export function askToKeep() {
  navigator.storage?.persist?.().catch(() => {});
}

/**
 * @returns {Promise<{ used: number, allowed: number, isKept: boolean } | null>} bytes; null where the browser does not tell
 */
export async function deviceRoom() {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    if (usage === undefined || quota === undefined) return null;
    return { used: usage, allowed: quota, isKept: await navigator.storage.persisted() };
  } catch {
    return null;
  }
}
