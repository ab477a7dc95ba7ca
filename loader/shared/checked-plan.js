/**
 * From pairs as they were written to a plan in its canonical order.
 *
 * @typedef {import('./options.js').Option} Option
 * @typedef {import('./options.js').Place} Place
 * @typedef {import('./plan.js').Plan} Plan
 * @typedef {import('./plan.js').PlanOption} PlanOption
 * @typedef {import('./plan.js').PlanSource} PlanSource
 *
 * afterAddress: it follows a source whose address was written without encoding.
 * @typedef {{ name: string, value: string, afterAddress: boolean }} Pair
 */

import { wellFormed } from './escapes.js';
import { OptionError } from './faults.js';
import { checkedSetting, checkedValue, OPTIONS, optionNamed, unknownOption } from './options.js';
import { pluginRequest } from './plugin-request.js';
import { shortened } from './source-address.js';
import { settingNamed, SETTINGS } from './source-settings.js';

export const DEFAULT_APP = 'datasette';

/**
 * The plan that pairs ask for.
 * @param {Pair[]} pairs  in their order: a setting belongs to the source in front of it
 * @param {Place} place
 * @param {readonly string[]} [apps]
 * @returns {Plan}
 * Raises OptionError: unknown-option, bad-option.
 */
export function checkedPlan(pairs, place, apps) {
  /** @type {PlanSource[]} */
  const sources = [];
  /** @type {PlanOption[]} */
  const others = [];
  for (const { name, value: written, afterAddress } of pairs) {
    const value = wellFormed(written);
    const option = optionNamed(name);
    const setting = option ? undefined : settingNamed(name);
    if (setting) addSetting(sources.at(-1), setting, value, place, afterAddress);
    else if (option) addOption(sources, others, option, checkedValue(option, value, place, apps), place);
    else throw unknownOption(name, value, place, afterAddress);
  }
  const app = others.find(({ key }) => key === 'app')?.value ?? DEFAULT_APP;
  const options = [...sources.flatMap(sourceOptions), ...others.filter(({ key }) => key !== 'app')];
  return { app, options: inOrder(options) };
}

/**
 * @param {PlanSource | undefined} source
 * @param {import('./source-settings.js').SourceSetting} setting
 * @param {string} written
 * @param {Place} place
 * @param {boolean} afterAddress
 */
function addSetting(source, setting, written, place, afterAddress) {
  const value = checkedSetting(setting, written, source?.option, place, afterAddress);
  if (!source || value === null) return;
  const earlier = source.settings[setting.name] ?? value;
  if (earlier !== value) throw givenTwice(setting.name, value, earlier, place);
  source.settings[setting.name] = value;
}

/**
 * @param {PlanSource[]} sources
 * @param {PlanOption[]} others
 * @param {Option} option
 * @param {string | null} value  canonical
 * @param {Place} place
 */
function addOption(sources, others, { name, kind, repeatable }, value, place) {
  if (value === null) return;
  if (kind === 'source') {
    sources.push({ option: name, value, settings: {} });
    return;
  }
  const subject = repeatable ? subjectOf(kind, value) : '';
  const earlier = others.find((other) => other.key === name && subject === (repeatable ? subjectOf(kind, other.value) : ''));
  if (!earlier) others.push({ key: name, value });
  else if (earlier.value !== value) throw givenTwice(name, value, earlier.value, place);
}

/** What a repeated option says something about: each setting has one value, each package one version. @param {Option['kind']} kind @param {string} value */
function subjectOf(kind, value) {
  return kind === 'plugin' ? (pluginRequest(value)?.name ?? '') : value.replace(/:[^]*/, '');
}

/** @param {string} name @param {string} value @param {string} earlier @param {Place} place */
function givenTwice(name, value, earlier, place) {
  return new OptionError('bad-option', {
    tried: place.tried(name, value),
    happened: `${name}=${shortened(earlier)} is there too, and only one can be`,
    advice: place.advice,
    source: value,
  });
}

/**
 * The sources of a plan in their order, each with its settings.
 * @param {{ options: readonly PlanOption[] }} plan
 * @returns {PlanSource[]}
 */
export function planSources({ options }) {
  /** @type {PlanSource[]} */
  const sources = [];
  for (const { key, value } of options) {
    const last = sources.at(-1);
    if (optionNamed(key)?.kind === 'source') sources.push({ option: key, value, settings: {} });
    else if (last && settingNamed(key)) last.settings[key] = value;
  }
  return sources;
}

/**
 * Options in a plan's order: equal plans have equal lists.
 * @param {readonly PlanOption[]} options  each setting after its source
 * @returns {PlanOption[]}
 */
export function inOrder(options) {
  /** @param {PlanOption} option */
  const place = ({ key }) => OPTIONS.findIndex(({ name }) => name === key);
  const others = options.filter(({ key }) => optionNamed(key) && optionNamed(key)?.kind !== 'source');
  return [...planSources({ options }).flatMap(sourceOptions), ...others.sort((a, b) => place(a) - place(b))];
}

/** A source, then its settings in their order. @param {PlanSource} source @returns {PlanOption[]} */
function sourceOptions({ option, value, settings }) {
  const given = SETTINGS.flatMap(({ name: key }) => {
    const setTo = settings[key];
    return setTo === undefined ? [] : [{ key, value: setTo }];
  });
  return [{ key: option, value }, ...given];
}
