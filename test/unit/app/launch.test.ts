import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findElectron } from '../../../app/electron/binary.ts'

const display = { DISPLAY: ':0' }
let root: string
let folder: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'strata-launch-'))
  folder = join(root, 'node_modules', 'electron')
  await mkdir(join(folder, 'dist'), { recursive: true })
  // Root is refused for Chromium's sake; these tests may run as root.
  vi.spyOn(process, 'getuid').mockReturnValue(1000)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(root, { recursive: true, force: true })
})

async function install(script: string): Promise<void> {
  await writeFile(join(folder, 'path.txt'), 'electron')
  await writeFile(join(folder, 'dist', 'electron'), script)
  await chmod(join(folder, 'dist', 'electron'), 0o755)
}

describe.skipIf(process.platform !== 'linux')('findElectron', () => {
  it('finds a program that starts', async () => {
    await install('#!/bin/sh\necho v45.3.4\n')
    expect(await findElectron(root, display)).toEqual({ kind: 'found', path: join(folder, 'dist', 'electron') })
  })

  it('takes a package without its program for absent, and downloads nothing', async () => {
    const found = await findElectron(root, display)
    expect(found).toMatchObject({ kind: 'absent', why: expect.stringContaining('is not installed') })
  })

  it('takes a program that cannot start (a missing library) for absent', async () => {
    await install('#!/bin/sh\nexit 127\n')
    const found = await findElectron(root, display)
    expect(found).toMatchObject({ kind: 'absent', why: expect.stringContaining('does not run here') })
  })

  it('does not try without a display, nor as root', async () => {
    await install('#!/bin/sh\necho v45.3.4\n')
    expect(await findElectron(root, {})).toMatchObject({ why: expect.stringContaining('no display') })
    vi.spyOn(process, 'getuid').mockReturnValue(0)
    expect(await findElectron(root, display)).toMatchObject({ why: expect.stringContaining('root') })
  })
})
