import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decide, type Facts } from '../../../main/buildcache/install/decide.ts'
import { clearLeftovers, lookAtPrefix, putInPlace, settle, undo } from '../../../main/buildcache/install/leftovers.ts'
import type { InstallRecord } from '../../../main/spack/database/database.ts'
import type { SpecNode } from '../../../main/spack/spec/graph.ts'

const node: SpecNode = {
  ...{ hash: 'a'.repeat(32), name: 'a', version: '1', platform: 'linux', os: 'debian12', target: 'x86_64' },
  ...{ edges: [], parameters: {}, raw: {}, specVersion: 4 },
}
const record: InstallRecord = {
  ...{ hash: node.hash, path: '/s/a', installed: true, explicit: true, installationTime: 0, refCount: 0 },
}
const nothing = { exists: false, unfinished: false }
const there = { exists: true, unfinished: false }
const facts: Facts = { node, record: undefined, prefix: '/s/a', state: nothing, cached: true, root: true }

describe('a package', () => {
  it.each<[string, Partial<Facts>, string, string]>([
    ['that is new is installed', {}, 'install', 'install'],
    ['that is not in the cache is missing', { cached: false }, 'missing', 'missing'],
    ['that is external stays outside', { node: { ...node, external: { path: '/usr' } } }, 'external', 'external'],
    ['that is there stays, or is replaced', { record, state: there }, 'installed', 'overwrite'],
    ['that is only needed is not replaced', { record, state: there, root: false }, 'installed', 'installed'],
    ['that is there but not in the cache stays', { record, state: there, cached: false }, 'installed', 'missing'],
    ['whose prefix is gone is installed anew', { record }, 'install', 'install'],
    ['that was only recorded is installed', { record: { ...record, installed: false } }, 'install', 'install'],
    ['that an upstream store has is used', { record: { ...record, upstream: '/up' } }, 'upstream', 'upstream'],
    ['whose prefix nobody knows is left alone', { state: there }, 'conflict', 'conflict'],
    ['that was not finished is', { state: { exists: true, unfinished: true } }, 'install', 'install'],
  ])('%s', (_, more, without, overwriting) => {
    expect(decide({ ...facts, ...more }, { overwrite: false }).action).toBe(without)
    expect(decide({ ...facts, ...more }, { overwrite: true }).action).toBe(overwriting)
  })
})

describe('a prefix', () => {
  let folder = ''
  let prefix = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strata-prefix-'))
    prefix = join(folder, 'a')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const make = (path: string, content: string): void => {
    mkdirSync(path)
    writeFileSync(join(path, 'file'), content)
  }
  const content = (): string => readFileSync(join(prefix, 'file'), 'utf8')

  it('that is new is put in place, and is gone again when it cannot be registered', async () => {
    make(`${prefix}.partial`, 'new')
    await putInPlace(prefix)
    expect(content()).toBe('new')
    expect(await lookAtPrefix(prefix)).toEqual({ exists: true, unfinished: true, leftovers: true })
    await undo(prefix)
    expect(readdirSync(folder)).toEqual([])
  })

  it('that is replaced comes back when the new one cannot be registered', async () => {
    make(prefix, 'old')
    make(`${prefix}.partial`, 'new')
    await putInPlace(prefix)
    expect(content()).toBe('new')
    await undo(prefix)
    expect(content()).toBe('old')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('that is registered is all that stays', async () => {
    make(prefix, 'old')
    make(`${prefix}.partial`, 'new')
    await putInPlace(prefix)
    await settle(prefix)
    expect(content()).toBe('new')
    expect(readdirSync(folder)).toEqual(['a'])
    expect(await lookAtPrefix(prefix)).toEqual({ exists: true, unfinished: false, leftovers: false })
  })

  it('that was registered before its run was killed stays', async () => {
    make(prefix, 'new')
    writeFileSync(`${prefix}.unfinished`, '')
    await clearLeftovers(prefix, true)
    expect(content()).toBe('new')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  it('of which only the old one is left counts as there, and comes back', async () => {
    make(`${prefix}.replaced`, 'old')
    writeFileSync(`${prefix}.unfinished`, '')
    expect(existsSync(prefix)).toBe(false)
    expect(await lookAtPrefix(prefix)).toEqual({ exists: true, unfinished: true, leftovers: true })
    await clearLeftovers(prefix, true)
    expect(content()).toBe('old')
  })
})
