import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { needsBuild } from '../../../app/build/sources.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'strata-sources-'))
  await mkdir(join(root, 'main', 'api'), { recursive: true })
  await mkdir(join(root, 'dist'))
  await writeFile(join(root, 'main', 'api', 'contract.ts'), '')
  for (const path of ['main/api/contract.ts', 'main/api', 'main']) await utimes(join(root, path), 1000, 1000)
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function builtAt(seconds: number): Promise<void> {
  await writeFile(join(root, 'dist', 'build.json'), '{}')
  await utimes(join(root, 'dist', 'build.json'), seconds, seconds)
}

describe('needsBuild', () => {
  it('asks for a build when there is none, or one that did not finish', async () => {
    expect(await needsBuild(root)).toBe(true)
  })

  it('is content with a build that is newer than every source', async () => {
    await builtAt(2000)
    expect(await needsBuild(root)).toBe(false)
  })

  it('asks for a build when one source deep down is newer', async () => {
    await builtAt(2000)
    await utimes(join(root, 'main', 'api', 'contract.ts'), 3000, 3000)
    expect(await needsBuild(root)).toBe(true)
  })

  it('asks for a build when a source was deleted', async () => {
    await builtAt(2000)
    await rm(join(root, 'main', 'api', 'contract.ts'))
    expect(await needsBuild(root)).toBe(true)
  })
})
