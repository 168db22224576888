import { describe, expect, it } from 'vitest'
import { ActRequest } from '../../../main/api/acts.ts'
import type { Composition } from '../../../main/api/compose.ts'
import { joinWords, splitWords } from '../../../renderer/features/compose/argv.ts'
import { groupByName, type TreeRow, treeRows } from '../../../renderer/features/compose/catalogue-tree.ts'
import {
  dropped,
  emptyComposition,
  moveRoot,
  namesPackage,
  rootSpec,
  withBase,
  withoutRoot,
  withRoots,
  withVariable,
} from '../../../renderer/features/compose/composition.ts'
import { changed, historyOf, redone, undone } from '../../../renderer/features/compose/history.ts'
import { placeOf } from '../../../renderer/features/compose/open-draft.ts'
import { freshPublication, lacking, saidOf, toRequest } from '../../../renderer/features/compose/publication.ts'
import { tagRows } from '../../../renderer/features/registries/rows.ts'
import { demoCache } from '../../support/fake-cache.ts'

const three: Composition = { ...emptyComposition, roots: ['lua/a', 'less/b', 'vim/c'] }

describe('the roots of a composition', () => {
  it('come on top, or where they were dropped, and never twice', () => {
    expect(withRoots(three, ['nano/d']).roots).toEqual(['lua/a', 'less/b', 'vim/c', 'nano/d'])
    expect(withRoots(three, ['nano/d'], 1).roots).toEqual(['lua/a', 'nano/d', 'less/b', 'vim/c'])
    expect(withRoots(three, ['vim/c'])).toBe(three)
  })

  it('move past their neighbour and stop at the ends', () => {
    expect(moveRoot(three, 'less/b', 'up').roots).toEqual(['lua/a', 'vim/c', 'less/b'])
    expect(moveRoot(three, 'vim/c', 'up')).toBe(three)
    expect(moveRoot(three, 'lua/a', 'down')).toBe(three)
  })

  it('are named by their hash, and known by it again', () => {
    const vim = { name: 'vim', hash: 'z4xbt6ajw7cfj7ppe35mfnmy7xjybs75' }
    expect(rootSpec(vim)).toBe('vim/z4xbt6a')
    expect(namesPackage('vim/z4xbt6a', vim.hash)).toBe(true)
    expect(namesPackage('vim@9', vim.hash)).toBe(false)
    expect(namesPackage('vim/3o5z4nv', vim.hash)).toBe(false)
  })
})

describe('dropping on the stack', () => {
  it.each([
    ['below everything', 0, ['vim/c', 'lua/a', 'less/b']],
    ['between two', 1, ['lua/a', 'vim/c', 'less/b']],
    ['where it lies', 2, ['lua/a', 'less/b', 'vim/c']],
    ['on top', 3, ['lua/a', 'less/b', 'vim/c']],
  ])('puts a root %s', (_, below, roots) => {
    expect(dropped(three, { kind: 'root', spec: 'vim/c' }, below).roots).toEqual(roots)
  })

  it('adds a package where it fell, and moves one that is there', () => {
    expect(dropped(three, { kind: 'package', spec: 'nano/d' }, 2).roots).toEqual(['lua/a', 'less/b', 'nano/d', 'vim/c'])
    expect(dropped(three, { kind: 'package', spec: 'lua/a' }, 3).roots).toEqual(['less/b', 'vim/c', 'lua/a'])
  })

  it('takes a base image wherever it falls, and nothing that was dragged from another composition', () => {
    expect(dropped(three, { kind: 'base', reference: 'debian:12' }, 2)).toEqual({ ...three, base: 'debian:12' })
    expect(dropped(three, { kind: 'root', spec: 'zlib/x' }, 1)).toBe(three)
  })
})

describe('base image and variables', () => {
  it('scratch is no base, and a base replaces that of an opened image', () => {
    expect(withBase({ ...three, base: 'debian:12' }, 'scratch').base).toBeUndefined()
    expect(withBase({ ...three, baseOf: 'tools' }, ' debian:12 ')).toEqual({ ...three, base: 'debian:12' })
  })

  it('a variable is set, and left to the packages again', () => {
    const set = withVariable(three, 'EDITOR', 'vim')
    expect(set.variables).toEqual({ EDITOR: 'vim' })
    expect(withVariable(set, 'EDITOR', undefined).variables).toEqual({})
  })
})

describe('undo and redo', () => {
  const steps = ['a', 'b', 'c'].reduce((history, next) => changed(history, next), historyOf(''))

  it('go back and on through every step', () => {
    expect(undone(undone(steps)).present).toBe('a')
    expect(redone(undone(steps)).present).toBe('c')
    expect(undone(historyOf('only')).present).toBe('only')
    expect(redone(steps)).toBe(steps)
  })

  it('forget what was undone once something else is done', () => {
    expect(redone(changed(undone(steps), 'd')).present).toBe('d')
  })

  it('take what was typed into one field as one step', () => {
    const typed = ['t', 'to', 'too'].reduce((history, next) => changed(history, next, 'title'), steps)
    expect(undone(typed).present).toBe('c')
    expect(undone(changed(typed, 'other', 'user')).present).toBe('too')
  })

  it('do not count a change that changes nothing', () => {
    const history = historyOf(three)
    expect(changed(history, withoutRoot(three, 'nano/d'))).toBe(history)
  })
})

describe('the packages of a cache by name', () => {
  const groups = groupByName(
    tagRows(
      [...demoCache(0).tags.values()].map(({ row }) => row),
      0,
    ),
  )
  const view = { query: '', unfolded: new Set<string>(), markOf: () => undefined }
  const named = (row: TreeRow) => (row.kind === 'name' ? `${row.name} (${row.builds})` : `${row.about.name}@${row.about.version}`) // biome-ignore format: one thought

  it('fold builds of one name, the newest first, and leave out what is no package', () => {
    const rows = treeRows(groups, view).map(named)
    expect(rows).toContain('hdf5 (2)')
    expect(rows).toContain('vim@9.0.1378')
    expect(rows.some((row) => row.startsWith('index'))).toBe(false)
    const names = groups.map((group) => group.name)
    expect(names).toEqual(names.toSorted())
    const open = treeRows(groups, { ...view, unfolded: new Set(['hdf5']) })
    const at = open.findIndex((row) => row.id === 'hdf5')
    expect(open.slice(at, at + 3).map(named)).toEqual(['hdf5 (2)', 'hdf5@1.14.3', 'hdf5@1.12.2'])
  })

  it('show the one build that is searched for without its fold', () => {
    expect(treeRows(groups, { ...view, query: 'hdf5@1.12' }).map(named)).toEqual(['hdf5@1.12.2'])
  })

  it('mark a folded name when one of its builds is chosen, and keep rows that did not change', () => {
    const chosen = groups.find((group) => group.name === 'hdf5')?.builds[1]?.row.package?.hash
    const marked = treeRows(groups, { ...view, markOf: (hash) => (hash === chosen ? 'root' : undefined) })
    expect(marked.find((row) => row.id === 'hdf5')).toMatchObject({ mark: 'root', expanded: false })
    const vim = (rows: readonly TreeRow[]) => rows.find((row) => named(row).startsWith('vim'))
    expect(vim(marked)).toBe(vim(treeRows(groups, view)))
  })
})

describe('where an image is published', () => {
  const draft = { ...freshPublication, tag: ' editors ' }

  it('says what is lacking, in the order in which one fills it in', () => {
    expect(lacking(emptyComposition, draft)).toBe('Choose packages')
    expect(lacking(three, { ...draft, where: 'repository' })).toBe('Say where to')
    expect(lacking(three, { ...draft, where: 'file', file: { form: 'folder', path: 'here' } })).toBe('Type an absolute path') // biome-ignore format: one thought
    expect(lacking(three, freshPublication)).toBe('Type a tag')
  })

  it('becomes a request that the contract accepts', () => {
    const request = toRequest('oci://ghcr.io/me/cache', { ...three, base: 'debian:12' }, { ...draft, attachSbom: true })
    expect(ActRequest.parse(request)).toMatchObject({ kind: 'compose', tag: 'editors', base: 'debian:12', attachSbom: true }) // biome-ignore format: one thought
    expect(request).not.toHaveProperty('to', expect.anything())
  })

  it.each([
    ['docker-archive:/home/me/tools.tar', { form: 'archive', path: '/home/me/tools.tar' }],
    ['oci-layout:///srv/images', { form: 'folder', path: '/srv/images' }],
  ] as const)('writes %s, and reads it back', (to, file) => {
    expect(saidOf({ ...draft, where: 'file', file })).toEqual({ tag: 'editors', to })
    expect(placeOf(to)).toEqual({ where: 'file', file })
  })

  it('sends a bill of materials to registries only', () => {
    const file = { ...draft, where: 'file', file: { form: 'archive', path: '/t.tar' }, attachSbom: true } as const
    expect(toRequest('oci://h/n', three, file)).toMatchObject({ attachSbom: false })
  })
})

describe('a command in words', () => {
  it.each([
    ['vim -c "set number"', ['vim', '-c', 'set number']],
    ['sh -c \'echo "hi"\'', ['sh', '-c', 'echo "hi"']],
    ['a\\ b', ['a b']],
    ['""', ['']],
  ])('%s', (text, words) => {
    expect(splitWords(text)).toEqual(words)
    expect(splitWords(joinWords(words))).toEqual(words)
  })
})
