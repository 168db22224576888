import { describe, expect, it } from 'vitest'
import type { InstallPlan, PlannedInstall } from '../../../main/api/install.ts'
import {
  blockers,
  filterRows,
  installSums,
  planFindings,
  planRows,
  prefixLengths,
  roomOf,
  roomWords,
  shortenPaths,
} from '../../../renderer/features/install/model.ts'

function planned(change: Partial<PlannedInstall> = {}): PlannedInstall {
  const name = change.name ?? 'zlib'
  return { hash: `${name}hash`, name, version: '1.0', root: false, action: 'install', why: 'to be installed', fetched: false, relocation: 'fits', mappings: [], ...change } // biome-ignore format: plain data
}

function plan(packages: PlannedInstall[], findings: InstallPlan['findings'] = []): InstallPlan {
  const target = { kind: 'folder', root: '/s', paddedRoot: '/s', databaseVersion: 7, exists: false } as const
  return { id: 'p', title: '', madeAt: 0, from: '', target, packages, bytesToFetch: 0, bytesOnDisk: 0, findings, command: '' } // biome-ignore format: plain data
}

const refused = planned({
  name: 'vim',
  relocation: 'refused',
  problem: { code: 'relocation-impossible', message: 'bin/vim: no room', hint: 'Shorter.' },
})

describe('rows of an install plan', () => {
  it('begin with what needs a decision and keep dependencies before what needs them', () => {
    const rows = planRows([
      planned({ name: 'gmake', action: 'installed' }),
      planned({ name: 'ncurses' }),
      planned({ name: 'readline', relocation: 'tight' }),
      planned({ name: 'lua' }),
      refused,
      planned({ name: 'sqlite', action: 'missing' }),
    ])
    expect(rows.map((r) => r.name)).toEqual(['vim', 'sqlite', 'readline', 'ncurses', 'lua', 'gmake'])
  })

  it('are found by name, hash, action, relocation and being a root', () => {
    const rows = [planned({ name: 'ncurses', root: true }), refused, planned({ name: 'gmake', action: 'installed' })]
    const found = (query: string) => filterRows(rows, query).map((r) => r.name)
    expect(found('REFUSED')).toEqual(['vim'])
    expect(found('/gmakeh')).toEqual(['gmake'])
    expect(found('root ncur')).toEqual(['ncurses'])
    expect(found('replace')).toEqual([])
    expect(found(' ')).toHaveLength(3)
  })
})

describe('lengths', () => {
  it('are counted in bytes, as they stand in a binary', () => {
    expect(prefixLengths(planned({ oldPrefix: '/opt/müller', prefix: '/opt/x' }))).toBe('12 → 6')
    expect(roomOf({ kind: 'package', old: '/opt/é', new: '/opt/ab' })).toBe(0)
  })

  it('say what is known where the old prefix is not', () => {
    expect(prefixLengths(planned({ prefix: '/opt/x' }))).toBe('6')
    expect(prefixLengths(planned())).toBe('')
  })

  it('come with words for the room that is left', () => {
    expect(roomWords(41)).toBe('room for 41 more characters')
    expect(roomWords(0)).toBe('room for no longer path')
    expect(roomWords(-1)).toBe('1 character too long')
  })

  it('of padded and long paths are cut in sentences', () => {
    const long = `/home/demo/${'x'.repeat(80)}/bin/vim`
    const shown = shortenPaths(`"${long}" has no room, "/usr/bin" has`)
    expect(shown).toContain('"/usr/bin" has')
    expect(shown).toMatch(/^"\/home\/demo\/x+…x+\/bin\/vim" has no room/)
    expect(shown.length).toBeLessThan(90)
  })
})

describe('sums', () => {
  it('count a refused package apart from those to be installed', () => {
    const { counts, writable, stuck } = installSums([planned(), refused, planned({ name: 'x', action: 'conflict' })])
    expect(counts).toMatchObject({ install: 1, refused: 1, conflict: 1 })
    expect({ writable, stuck }).toEqual({ writable: 1, stuck: 2 })
  })

  it('take the tightest path of all that is written, and none of what stays', () => {
    const mapping = (old: string, now: string) => ({ kind: 'dependency' as const, old, new: now })
    const written = planned({ mappings: [mapping('/long/store', '/s'), mapping('/a', '/abc')] })
    const stays = planned({ name: 'y', action: 'installed', mappings: [mapping('/', '/very/long')] })
    expect(installSums([written, stays]).room).toBe(-2)
    expect(installSums([stays]).room).toBeUndefined()
  })
})

describe('findings', () => {
  it('name a refused package that the engine did not, the gravest first', () => {
    const { shown, more } = planFindings(plan([refused], [{ severity: 'note', message: 'views stay' }]))
    expect(shown.map((f) => f.message)).toEqual(['vim@1.0: bin/vim: no room', 'views stay'])
    expect(more).toBe(0)
  })

  it('do not name it twice, and say how many are left out', () => {
    const told = { severity: 'problem', message: 'vim@1.0: bin/vim: no room', hash: refused.hash } as const
    expect(planFindings(plan([refused], [told])).shown).toHaveLength(1)
    const many = Array.from({ length: 9 }, (_, i) => ({ severity: 'problem', message: `${i}`, hash: `${i}` }) as const)
    expect(planFindings(plan([], many))).toMatchObject({ more: 3 })
  })

  it('stop the whole plan only when they are about all of it', () => {
    expect(blockers(plan([refused], [{ severity: 'problem', message: 'of one', hash: 'x' }]))).toBe(0)
    expect(blockers(plan([], [{ severity: 'problem', message: 'you may not write there' }]))).toBe(1)
  })
})
