/**
 * The JSON of a package's config without the specs of what it depends on: of `spec.nodes` the first node alone, which is the
 * package itself. Below a package that needs a thousand others those specs are 19 of 20 bytes; to pass over them takes a third of
 * the time that it takes to parse them, and leaves nothing for the garbage collector.
 *
 * Only where they end is looked for, so what is wrong in them goes unnoticed. Whatever else the bytes hold stays as it is.
 */
export function withOwnSpecAlone(json: Buffer): Buffer {
  const spec = memberOf(json, 0, 'spec')
  const nodes = spec && memberOf(json, spec, 'nodes')
  if (nodes === undefined || json[nodes] !== openList) return json
  const first = valueEnd(json, nodes + 1)
  const end = valueEnd(json, nodes) - 1
  return Buffer.concat([json.subarray(0, first), json.subarray(end)])
}

const comma = 0x2c
const colon = 0x3a
const openList = 0x5b
const openObject = 0x7b

/** Where the value of a member begins; undefined when there is no such member, or no object. */
function memberOf(json: Buffer, object: number, name: string): number | undefined {
  const wanted = Buffer.from(JSON.stringify(name))
  let at = afterSpace(json, object)
  // First the bracket, then the commas.
  let before: number = openObject
  while (json[at] === before) {
    const key = afterSpace(json, at + 1)
    const keyEnd = valueEnd(json, key)
    const behind = afterSpace(json, keyEnd)
    if (json[behind] !== colon) return undefined
    const value = afterSpace(json, behind + 1)
    if (json.subarray(key, keyEnd).equals(wanted)) return value
    at = afterSpace(json, valueEnd(json, value))
    before = comma
  }
  return undefined
}

/**
 * Behind a value; of a number or a word, where the next comma or closing bracket stands. Nearly all time is spent here: the
 * characters are numbers because what a bundle makes of a module's constants is looked up for every byte.
 */
function valueEnd(json: Buffer, value: number): number {
  const end = json.length
  let depth = 0
  for (let at = value; at < end; at += 1) {
    const byte = json[at]
    if (byte === 0x22 /* " */) {
      for (at += 1; at < end && json[at] !== 0x22; at += 1) if (json[at] === 0x5c /* \ */) at += 1
      if (depth === 0) return at + 1
    } else if (byte === 0x7b /* { */ || byte === 0x5b /* [ */) {
      depth += 1
    } else if (byte === 0x7d /* } */ || byte === 0x5d /* ] */) {
      depth -= 1
      if (depth <= 0) return depth < 0 ? at : at + 1
    } else if (byte === 0x2c /* , */ && depth === 0) {
      return at
    }
  }
  return end
}

function afterSpace(json: Buffer, from: number): number {
  let at = from
  for (let byte = json[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = json[at]) at += 1
  return at
}
