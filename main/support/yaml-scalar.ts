/** Words and numbers that some YAML version, or some reader of it, would not read as a string. */
const notAString = /^(?:true|false|yes|no|on|off|y|n|null|e[-+]?\d+|\.inf|\.nan|[-+.\d][-+.\d_:,eExXoObBa-fA-F]*)$/i
const plain = /^[\w./][\w./+@=~,-]*$/
/** What may stand unquoted where it stands alone on its line: specs with their spaces, carets, percent signs. */
const readable = /^[\w./+~^$][\w./+@=~,:^%<>()$*;'"! -]*$/

/** A string in YAML: as it is where no reader can take it for anything else, else in double quotes (JSON's escapes). */
export function yamlScalar(text: string): string {
  return plain.test(text) && !notAString.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  // YAML wants DEL and the C1 controls escaped, JSON does not do that by itself.
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * The same as a person writes it in a file for people: a spec such as `hdf5 +mpi ^zlib@1.2:1.3` needs no quotes. `flow`:
 * between brackets or braces, where a comma ends it.
 */
export function readableScalar(text: string, place: 'block' | 'flow'): string {
  const misread = /: |:$| #|^\s|\s$/.test(text) || notAString.test(text) || text === '~'
  const ends = place === 'flow' && text.includes(',')
  return misread || ends || !readable.test(text) ? quoted(text) : text
}
