import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { PushRequestInput } from '../../../main/api/models.ts'
import { type FaultRegistry, type FaultRegistryOptions, startFaultRegistry } from '../registry/fault-registry.ts'
import { sampleSpack, unpackSample } from '../sample.ts'
import { type Machine, type MachineOptions, sampleRequest, startMachine } from './machine.ts'

export interface Bench {
  readonly machine: Machine
  readonly registry: FaultRegistry
  /** The folder that stands for `/`, with the sample's store. */
  readonly root: string
  /** Reference of the repository `me/cache`. */
  readonly to: string
  request(more?: Partial<PushRequestInput>): PushRequestInput
  /** What was written since the last call: methods and paths without upload ids. */
  writes(): string[]
}

export interface BenchOptions {
  /** The store is a copy of its own, to be damaged. */
  readonly copy?: boolean
  readonly registry?: FaultRegistryOptions
  readonly machine?: MachineOptions
}

type Act = (bench: Bench) => Promise<void>

/** Benches for the tests of one file: each with a machine and a registry of its own; the store is everybody's. */
export function benches(): {
  onBench(act: Act, options?: BenchOptions): Promise<void>
  onCopy(act: Act): Promise<void>
} {
  let top = ''
  let pristine = ''
  let count = 0

  beforeAll(async () => {
    top = mkdtempSync(join(tmpdir(), 'strata-push-'))
    pristine = join(top, 'pristine')
    await unpackSample(pristine)
    // Thousands of small files that would be packed for every test.
    rmSync(join(prefixOf(pristine, 'ncurses'), 'share/terminfo'), { recursive: true })
  })

  afterAll(() => {
    rmSync(top, { recursive: true, force: true })
  })

  const onBench = async (act: Act, options: BenchOptions = {}): Promise<void> => {
    const folder = join(top, String(count++))
    const root = options.copy ? join(folder, 'root') : pristine
    if (options.copy) cpSync(pristine, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    const machine = await startMachine(folder, options.machine)
    const registry = await startFaultRegistry(options.registry)
    const to = `oci+http://${registry.host}/me/cache`
    const writes = (): string[] =>
      registry.log
        .splice(0)
        .filter(({ method }) => method === 'PUT' || method === 'POST' || method === 'PATCH')
        .map(({ method, url }) => `${method} ${url.replace(/\?.*/, '').replace(/uploads\/.*/, 'uploads/')}`)
    try {
      await act({ machine, registry, root, to, writes, request: (more) => sampleRequest(root, to, more) })
    } finally {
      await machine.close()
      await registry.close()
    }
  }
  return { onBench, onCopy: (act) => onBench(act, { copy: true }) }
}

/** The prefix of one of the sample's packages, on disk. */
export function prefixOf(root: string, name: string): string {
  const find = (folder: string): string | undefined => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) continue
      if (entry.name.startsWith(`${name}-`) && entry.name.length > 32) return path
      const below = entry.name.startsWith('.') ? undefined : find(path)
      if (below) return below
    }
    return undefined
  }
  const found = find(join(root, sampleSpack, 'opt'))
  if (!found) throw new Error(`no prefix of ${name}`)
  return found
}
