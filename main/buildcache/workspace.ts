import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Output } from '../api/contract.ts'
import type { EnvironmentEntry, Workspace } from '../api/models.ts'
import { findInstances, openInstance } from '../spack/instances.ts'
import { unpackArchive } from '../store/archive.ts'
import { StrataError } from '../support/errors.ts'
import { describeInstance } from './environments.ts'
import type { Host } from './source.ts'

/** The sample's Spack, as it calls itself below its sysroot, and its environment. */
const SAMPLE = { spack: '/home/demo/spack', environment: 'sample' }

/** The Spack instances and environments that can be found, were opened before, or come with the app. Touches no network. */
export async function workspaceOf(host: Host, sample: Sample): Promise<Workspace> {
  const instances = await findInstances(host)
  const below = sample.unpacked()
    ? [{ ...(await openInstance(SAMPLE.spack, { ...host, sysroot: sample.sysroot })), foundBy: 'sample' }]
    : []
  const roots = new Set(instances.map((one) => one.root))
  const folders = host.remembered.filter((path) => !roots.has(path)).map(folderEntry)
  return {
    instances: await Promise.all([...instances, ...below].map(describeInstance)),
    folders: folders.filter((entry) => entry !== undefined),
    sampleAvailable: sample.available(),
  }
}

function folderEntry(folder: string): EnvironmentEntry | undefined {
  const concretized = existsSync(join(folder, 'spack.lock'))
  // What cannot be read is listed all the same: it may be mended here.
  if (!concretized && !existsSync(join(folder, 'spack.yaml'))) return undefined
  return { ref: { environment: folder }, name: basename(folder), folder, concretized }
}

/** What can be opened is a Spack installation or a folder with a spack.yaml. */
export async function checkOpenable(folder: string, host: Host): Promise<void> {
  const instance = await openInstance(folder, host).then(
    () => true,
    () => false,
  )
  if (instance || existsSync(join(folder, 'spack.yaml')) || existsSync(join(folder, 'spack.lock'))) return
  throw new StrataError('environment-not-found', `${folder} is neither a Spack installation nor an environment`, {
    hint: 'Open the folder that holds bin/spack, or one that holds a spack.yaml.',
  })
}

export interface Sample {
  readonly sysroot: string
  available(): boolean
  unpacked(): boolean
  prepare(): Promise<Output<'workspace.sample'>>
}

/** The sample store: unpacked once, whole or not at all, with an OCI layout folder beside it as its registry. */
export function sampleAt(folder: string, archive: string): Sample {
  const sysroot = join(folder, 'root')
  const unpacked = (): boolean => existsSync(sysroot)
  return {
    sysroot,
    unpacked,
    available: () => existsSync(archive),
    prepare: async () => {
      if (!unpacked()) {
        const partial = `${sysroot}.${process.pid}.partial`
        await mkdir(dirname(sysroot), { recursive: true })
        await rm(partial, { recursive: true, force: true })
        await unpackArchive(archive, partial)
        await rename(partial, sysroot).catch(async (error: unknown) => {
          // Another process was faster; its copy is as good.
          await rm(partial, { recursive: true, force: true })
          if (!unpacked()) throw error
        })
      }
      return { ref: { ...SAMPLE, sysroot }, target: `oci-layout://${join(folder, 'registry')}` }
    },
  }
}
