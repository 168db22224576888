/** `NAME=value`, the value perhaps with further equals signs. */
export function splitVariable(line: string): { readonly name: string; readonly value: string } {
  const at = line.indexOf('=')
  return at === -1 ? { name: line, value: '' } : { name: line.slice(0, at), value: line.slice(at + 1) }
}

/** The parts of a list of absolute paths; anything else is one part. */
export function pathList(value: string): readonly string[] {
  const parts = value.split(':')
  const paths = parts.filter((part) => part.startsWith('/')).length
  return parts.length > 1 && paths > 0 && parts.every((part) => part === '' || part.startsWith('/')) ? parts : [value]
}
