import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The system's programs that tests use, and the Debian package of each. A test skips itself where one is missing. */
const packages = {
  chromium: 'chromium',
  'docker-registry': 'docker-registry',
  gcc: 'gcc',
  htpasswd: 'apache2-utils',
  openssl: 'openssl',
  patchelf: 'patchelf',
  perl: 'perl',
  pigz: 'pigz',
  podman: 'podman',
  python3: 'python3',
  readelf: 'binutils',
  runc: 'runc',
  skopeo: 'skopeo',
} as const

export type Program = keyof typeof packages

/** Whether a program can be run by its name. */
export async function onPath(program: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, program)).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}

/** Why a test that needs these programs is skipped, in words; undefined when all are there. */
export async function missingProgram(...programs: readonly Program[]): Promise<string | undefined> {
  for (const program of programs) {
    if (!(await onPath(program))) return `${program} is not installed (apt install ${packages[program]})`
  }
  return undefined
}

/** The Debian packages that are missing for the tests to be complete. */
export async function missingPackages(): Promise<readonly string[]> {
  const found = await Promise.all(
    Object.entries(packages).map(async ([program, name]) => ((await onPath(program)) ? [] : [name])),
  )
  return found.flat()
}
