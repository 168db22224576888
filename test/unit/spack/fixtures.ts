import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openInstance, type SpackInstance } from '../../../main/spack/instances.ts'
import type { SpecGraph } from '../../../main/spack/spec/graph.ts'
import { readNodes } from '../../../main/spack/spec/read-nodes.ts'

export function fixtureText(name: string): string {
  return readFileSync(new URL(`../../fixtures/spack/${name}`, import.meta.url), 'utf8')
}

/** The text of a database of the given name as a graph, without a store around it. */
export function graphOf(name: string, specVersion: number): SpecGraph {
  const data = JSON.parse(fixtureText(name)) as { database: { installs: Record<string, { spec: unknown }> } }
  const specs = Object.entries(data.database.installs).map(([hash, record]) => [hash, record.spec] as const)
  return { nodes: readNodes(specs, name, () => specVersion).nodes, roots: [], specVersion }
}

/** A temporary folder with these files, gone when the test ends. Returns its path. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-spack-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** A Spack installation at `/spack` of a sysroot with these files; nothing of this machine shows through. */
export async function instanceWith(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<SpackInstance> {
  const sysroot = await folderWith({ 'spack/bin/spack': '', ...files })
  return openInstance('/spack', { sysroot, env, home: '/home/me' })
}

/** The error that a promise is refused with, to look at. */
export async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}
