/**
 * What `?install=` asks for: a package by name, as pip's command line would write it (PEP 508
 * without markers), or a wheel by its address.
 *
 * @typedef {{ kind: 'name', name: string, rest: string }} NamedRequest
 *   name: as an index writes it in addresses (PEP 503); rest: extras and versions, '' for none
 * @typedef {{ kind: 'wheel', name: string, version: string, filename: string, address: string, sha256: string | null }} WheelRequest
 *   address: absolute, or relative to the site; sha256: where the link pins it with `#sha256=`
 * @typedef {NamedRequest | WheelRequest} PluginRequest
 */

import { fetchableUrl } from './source-url.js';

const NAME = /^([a-z\d]|[a-z\d][a-z\d._-]*[a-z\d])$/i;

const VERSIONS = /^(===|~=|==|!=|<=|>=|<|>)[\w.*+!-]+(,(===|~=|==|!=|<=|>=|<|>)[\w.*+!-]+)*$/;

// name-version(-build)?-python-abi-platform.whl (PEP 427)
const WHEEL = /^([\w.]+)-([\w.!+]+)(-\d\w*)?(-[\w.]+){3}\.whl$/;

/**
 * @param {string} value
 * @returns {PluginRequest | null} null for what is neither
 */
export function pluginRequest(value) {
  const written = value.trim();
  return /^https?:\/\//i.test(written) || /\.whl(#.*)?$/i.test(written) ? wheelRequest(written) : namedRequest(written);
}

/** The option's value that asks for it: equal requests give equal values. @param {PluginRequest} request */
export function pluginValue(request) {
  if (request.kind === 'name') return request.name + request.rest;
  return request.address + (request.sha256 ? `#sha256=${request.sha256}` : '');
}

/** What to call it in a sentence. @param {string} value  of the option */
export function pluginTitle(value) {
  const request = pluginRequest(value);
  if (!request) return value;
  return request.kind === 'wheel' ? `${request.name} ${request.version}` : pluginValue(request);
}

/** A project's name as indexes compare it (PEP 503). @param {string} name */
export function normalName(name) {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** @param {string} written @returns {NamedRequest | null} */
function namedRequest(written) {
  const [, name = '', extras = '', versions = ''] = /^([^\s[\](<>=!~]+)(\[[^\]]*\])?([^]*)$/.exec(written.replace(/\s*([[\],<>=!~]+)\s*/g, '$1')) ?? [];
  const wanted = extras.slice(1, -1).split(',').filter(Boolean);
  if (!NAME.test(name) || !wanted.every((extra) => NAME.test(extra))) return null;
  if (versions && !VERSIONS.test(versions)) return null;
  const list = [...new Set(wanted.map(normalName))].sort().join(',');
  return { kind: 'name', name: normalName(name), rest: (list && `[${list}]`) + versions };
}

/** @param {string} written @returns {WheelRequest | null} */
function wheelRequest(written) {
  const [, page = '', sha256 = null] = /^([^#]*)(?:#sha256=([\da-f]{64}))?$/i.exec(written) ?? [];
  const address = fetchableUrl(page, 'install');
  const path = address.replace(/\?[^]*$/, '');
  const filename = decoded(path.slice(path.lastIndexOf('/') + 1));
  const [, name, version] = WHEEL.exec(filename) ?? [];
  if (name === undefined || version === undefined) return null;
  return { kind: 'wheel', name: normalName(name), version, filename, address, sha256: sha256?.toLowerCase() ?? null };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
