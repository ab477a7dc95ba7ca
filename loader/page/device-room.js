/** How much room this site takes on the device, and whether the browser promises to keep it. */
import { byteText } from './byte-text.js';

let hasAsked = false;

/**
 * Ask the browser, once a page, to keep what is stored here when the device runs out of room. Some
 * ask the visitor, others decide by themselves.
 */
export async function askToKeep() {
  if (hasAsked) return;
  hasAsked = true;
  try {
    if (!(await navigator.storage.persisted())) await navigator.storage.persist();
  } catch {
    // A browser without storage of this kind keeps what it keeps.
  }
}

/** In words: what this site takes, and how safe it is. @returns {Promise<string>} '' where the browser does not tell */
export async function roomText() {
  const room = await deviceRoom();
  if (!room) return '';
  const promise = room.isKept
    ? 'What is kept stays until you forget it.'
    : 'The browser may clear what is kept when this device runs out of room.';
  return `This site uses ${byteText(room.used)} of the ${byteText(room.allowed)} that this browser allows it. ${promise}`;
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
