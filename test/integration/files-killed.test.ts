import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readToEdit, writeEdited } from '../../main/spack/edit/edited-file.ts'
import { type BuiltCli, buildCli } from '../support/cli.ts'
import { killedAt, type Moment } from '../support/install/kill-hook.ts'

/** Strata is killed in the middle of a write of one of Spack's files: the old text is there, or the new one. */

const old = '# mine\nspack:\n  specs:\n  - zlib # keep\n  view: false\n'
const wanted = '# mine\nspack:\n  specs:\n  - zlib # keep\n  - hdf5\n  view: false\n'

describe('an edit that is killed', () => {
  let cli: BuiltCli
  beforeAll(async () => {
    cli = await buildCli()
  }, 120_000)
  afterAll(() => cli.remove())

  const temporary = /spack\.yaml\..*\.temp$/
  it.each<[string, Moment, string]>([
    ['before it writes', { call: 'open', path: temporary, when: 'before' }, old],
    ['when its temporary file is empty', { call: 'open', path: temporary, when: 'after' }, old],
    ['when its temporary file is written', { call: 'chmod', path: temporary, when: 'before' }, old],
    ['when its temporary file is whole', { call: 'rename', path: temporary, when: 'before' }, old],
    ['when its temporary file has taken the name', { call: 'rename', path: temporary, when: 'after' }, wanted],
  ])('%s leaves a whole file, and the next one works and cleans up', async (_, moment, left) => {
    const home = await cli.folder()
    const folder = join(home, 'env')
    const file = join(folder, 'spack.yaml')
    await cli.run(['env', 'create', '--dir', folder, '--yes'], { home })
    await writeFile(file, old)
    const words = ['env', 'add', '--env', folder, 'hdf5', '--yes']
    expect((await cli.run(words, { home, env: killedAt(home, moment) })).code).toBe('SIGKILL')
    expect(await readFile(file, 'utf8')).toBe(left)
    const beside = (await readdir(folder)).filter((name) => name !== 'spack.yaml')
    for (const name of beside) expect(name).toMatch(new RegExp(`^spack\\.yaml\\.${hostname()}\\.\\d+\\.temp$`))

    const next = await cli.run(['env', 'view', '--env', folder, 'on', '--yes'], { home })
    expect(next).toMatchObject({ code: 0, stderr: '' })
    expect(await readFile(file, 'utf8')).toBe(left.replace('view: false', 'view: true'))
    expect(await readdir(folder)).toEqual(['spack.yaml'])
  })

  it('leaves no environment that is none when it was to create one', async () => {
    const home = await cli.folder()
    const folder = join(home, 'new')
    const create = ['env', 'create', '--dir', folder, '--add', 'zlib', '--yes']
    const moment: Moment = { call: 'rename', path: temporary, when: 'before' }
    expect((await cli.run(create, { home, env: killedAt(home, moment) })).code).toBe('SIGKILL')
    expect(await cli.run(create, { home })).toMatchObject({ code: 0, stderr: '' })
    expect(await readdir(folder)).toEqual(['spack.yaml'])
    expect(await readFile(join(folder, 'spack.yaml'), 'utf8')).toContain('  - zlib\n')
  })
})

describe('a process that writes a large file over and over', () => {
  it('leaves one of its texts whole whenever it is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-writer-'))
    const file = join(folder, 'spack.yaml')
    const whole = ['a', 'b'].map((letter) => `${letter.repeat(1_000_000)}\n`)
    const leftovers: string[] = []
    const program = join(import.meta.dirname, '../support/edits/endless-writer.ts')
    try {
      for (let round = 0; round < 8; round++) {
        const child = spawn(process.execPath, ['--import', 'tsx', program, file, 'a', 'b'], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const ended = once(child, 'exit')
        await once(child.stdout, 'data')
        // One write takes some milliseconds: each round falls on another moment of it.
        await sleep(round * 1.7)
        child.kill('SIGKILL')
        expect(await ended).toEqual([null, 'SIGKILL'])
        expect(whole).toContain(await readFile(file, 'utf8'))
        const beside = (await readdir(folder)).filter((name) => name !== 'spack.yaml')
        expect(beside.length, 'the next writer takes away what the last one left').toBeLessThanOrEqual(1)
        leftovers.push(...beside)
      }
      expect(leftovers.length, 'some are killed in the middle of a write').toBeGreaterThan(0)
      await writeEdited(file, 'spack: {}\n', await readToEdit(file))
      expect(await readdir(folder)).toEqual(['spack.yaml'])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }, 60_000)
})
