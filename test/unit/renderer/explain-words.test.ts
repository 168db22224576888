import { describe, expect, it } from 'vitest'
import type { ExplainedPackage, Reason } from '../../../main/api/explain.ts'
import { toRequest } from '../../../renderer/features/explain/question.ts'
import {
  adviceOf,
  chosenPackages,
  headlineOf,
  presentStates,
  sideText,
  whatDiffers,
} from '../../../renderer/features/explain/words.ts'
import { freshAccess } from '../../../renderer/features/planning/access.ts'

const reason = (part: Partial<Reason>): Reason => ({
  ...{ kind: 'version', text: 'vim differs', advice: [], path: ['vim'], also: [], alsoCount: 0 },
  ...part,
})
const explained = (name: string, part: Partial<ExplainedPackage> = {}): ExplainedPackage => ({
  ...{ spec: name, name, version: '1.0', hash: `${name}hash`, state: 'usable', summary: `${name} is there` },
  ...{ findings: [], near: [] },
  ...part,
})

describe('what differs, in words', () => {
  it.each<readonly [Partial<Reason>, string]>([
    [{ kind: 'compiler' }, 'compiler'],
    [{ kind: 'os' }, 'operating system'],
    [{ kind: 'variant', subject: 'lua' }, 'variant lua'],
    [{ kind: 'dependency', subject: 'zlib' }, 'dependency'],
    [{ kind: 'stored' }, 'hash'],
    [{ kind: 'new one' }, 'new one'],
  ])('%j is called %s', (part, words) => {
    expect(whatDiffers(reason(part))).toBe(words)
  })

  it.each<readonly [Partial<Reason>, string | undefined, string]>([
    [{ kind: 'variant', subject: 'lua' }, 'true', '+lua'],
    [{ kind: 'variant', subject: 'lua' }, 'false', '~lua'],
    [{ kind: 'variant', subject: 'fabrics' }, 'ucx,ofi', 'ucx,ofi'],
    [{ kind: 'recipe' }, 'abcdefghij', 'abcdefg'],
    [{ kind: 'dependency', subject: 'zlib' }, undefined, 'none'],
    [{ kind: 'external' }, '', 'some'],
  ])('a side of %j that is %s reads %s', (part, value, words) => {
    expect(sideText(reason(part), value)).toBe(words)
  })

  it('takes the commands out of advice, each way once', () => {
    const push = 'Push yours: strata push vim --to oci://h/n'
    expect(adviceOf([push, 'Ask for vim@9', push, 'Write one: strata index oci://h/n\nstrata push vim'])).toEqual([
      { words: 'Push yours', command: 'strata push vim --to oci://h/n' },
      { words: 'Ask for vim@9' },
      { words: 'Write one', command: 'strata index oci://h/n' },
      { words: 'Run', command: 'strata push vim' },
    ])
  })
})

describe('explained packages', () => {
  const all = [
    explained('zlib'),
    explained('vim', { state: 'differs' }),
    explained('glibc', { state: 'external' }),
    explained('less', { state: 'hindered' }),
    explained('py-vim', { state: 'differs' }),
  ]
  const names = (state?: ExplainedPackage['state'], query = ''): readonly string[] =>
    chosenPackages(all, { state, query }).map((one) => one.name)

  it('come in the order of how much they puzzle, and as they were otherwise', () => {
    expect(names()).toEqual(['less', 'vim', 'py-vim', 'zlib', 'glibc'])
  })

  it('are chosen by state, and by words of name, version and hash', () => {
    expect(names('differs')).toEqual(['vim', 'py-vim'])
    expect(names(undefined, 'VIM 1.0')).toEqual(['vim', 'py-vim'])
    expect(names(undefined, '/zlibh')).toEqual(['zlib'])
    expect(names('usable', 'vim')).toEqual([])
  })

  it('are told in one line by the nearest difference, else by what stands in the way, else by the summary', () => {
    const near = { hash: 'h', name: 'vim', version: '9', spec: 'vim', tag: 't', distance: 1, reasonCount: 1 }
    expect(headlineOf(explained('vim', { near: [{ ...near, reasons: [reason({})] }] }))).toBe('vim differs')
    const findings = [
      { severity: 'note' as const, message: 'a note' },
      { severity: 'problem' as const, message: 'bad' },
    ]
    expect(headlineOf(explained('vim', { findings }))).toBe('bad')
    expect(headlineOf(explained('vim'))).toBe('vim is there')
  })

  it('are counted by the states that there are', () => {
    const sums = { usable: 3, hindered: 0, gone: 1, differs: 0, absent: 0, external: 0 }
    expect(presentStates(sums)).toEqual(['gone', 'usable'])
  })
})

describe('the question', () => {
  const ref = { environment: 'tools' }
  const question = { ...freshAccess, cache: 'demo', specs: '', filledWith: undefined }

  it('is none without a cache, or without specs where some are to be given', () => {
    expect(toRequest(ref, { ...question, choice: 'roots', cache: ' ' })).toBeUndefined()
    expect(toRequest(ref, { ...question, choice: 'specs', specs: ' \n' })).toBeUndefined()
  })

  it('asks for roots, all packages, or the specs a line each', () => {
    const asked = (choice: 'roots' | 'all' | 'specs') =>
      toRequest(ref, { ...question, choice, specs: 'vim\n\n -   abc  x\n' })
    expect(asked('roots')).toMatchObject({ environment: 'tools', repository: 'demo', specs: [], all: false })
    expect(asked('all')).toMatchObject({ specs: [], all: true })
    expect(asked('specs')).toMatchObject({ specs: ['vim', ' -   abc  x'], all: false })
  })
})
