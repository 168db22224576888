import type { StoredNode } from './world.ts'

function paint(code: string, text: string): string {
  return process.env.SPACK_COLOR === 'always' ? `\u001b[${code}m${text}\u001b[0m` : text
}

export function bold(text: string): string {
  return paint('1', text)
}

export function green(text: string): string {
  return paint('1;32', text)
}

export function grey(text: string): string {
  return paint('0;90', text)
}

/** What precedes a package in a list: whether it is installed. */
export function mark(installed: boolean): string {
  return installed ? green('[+]') : grey(' - ')
}

export function say(message: string): void {
  console.log(`${paint('1;34', '==>')} ${message}`)
}

export function fail(message: string): never {
  console.log(`${paint('1;31', '==>')} Error: ${message}`)
  process.exit(1)
}

/** A spec as Spack 0.22 writes it. */
export function written({ name, version, parameters }: StoredNode): string {
  const rest = ` build_system=${parameters.build_system}`
  return `${name}${paint('0;36', `@${version}`)}${paint('0;32', '%gcc@12.2.0')}${paint('0;94', rest)}${paint('0;35', ' arch=linux-debian12-x86_64')}`
}
