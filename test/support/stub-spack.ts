import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Spack that is played by a shell script: what it does is up to the test. */
export interface StubSpack {
  readonly folder: string
  readonly root: string
  /** An environment's folder. */
  readonly environment: string
  /** What `bin/spack` does; its arguments are in `"$@"`, a folder for its marks in `$MARKS`. */
  plays(script: string): Promise<void>
  /** A file that the script has written into `$MARKS`. */
  mark(name: string): Promise<string | undefined>
  remove(): Promise<void>
}

export async function createStubSpack(): Promise<StubSpack> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-stub-'))
  const [root, environment] = [join(folder, 'spack'), join(folder, 'env')]
  for (const one of [join(root, 'bin'), join(root, 'lib/spack/spack'), environment])
    await mkdir(one, { recursive: true })
  await writeFile(join(root, 'lib/spack/spack/__init__.py'), '__version__ = "1.1.0"\n')
  await writeFile(join(environment, 'spack.yaml'), 'spack:\n  specs:\n  - zlib\n')
  const executable = join(root, 'bin/spack')
  return {
    folder,
    root,
    environment,
    plays: async (script) => {
      await writeFile(executable, `#!/bin/bash\nMARKS=${folder}\n${script}\n`)
      await chmod(executable, 0o755)
    },
    mark: (name) => readFile(join(folder, name), 'utf8').catch(() => undefined),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Waits until `found` gives something; a test's own limit ends it. */
export async function eventually<T>(found: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const value = await found()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
