import { describe, expect, it } from 'vitest'
import type { ConfiguredMirror } from '../../../main/api/spack-files.ts'
import {
  changedSettings,
  draftOf,
  freshMirror,
  isComplete,
  newSettings,
  problemsOf,
  proposeVariable,
} from '../../../renderer/features/mirrors/draft.ts'

const place = { scope: 'user', file: '/home/me/.spack/mirrors.yaml', line: 2, column: 3 }
const mirror: ConfiguredMirror = {
  name: 'lab',
  fetchUrl: 'oci://ghcr.io/lab/cache',
  pushUrl: 'oci://ghcr.io/lab/cache',
  oci: true,
  autopush: false,
  source: true,
  binary: true,
  secretInFile: false,
  place,
}
const typed = { ...freshMirror, name: ' mine ', url: ' oci://ghcr.io/me/cache ' }

describe('a new mirror', () => {
  it('is written as not signed in a registry, as not said elsewhere, and as chosen where that was', () => {
    expect(newSettings(typed)).toEqual({ url: 'oci://ghcr.io/me/cache', signed: false })
    expect(newSettings({ ...typed, url: 's3://b/c' })).toEqual({ url: 's3://b/c' })
    expect(newSettings({ ...typed, unsigned: false })).toEqual({ url: 'oci://ghcr.io/me/cache' })
  })

  it('names both uses where it lacks one, and both places where they are apart', () => {
    expect(newSettings({ ...typed, apart: true, fetch: 'https://a', push: '/b', source: false })).toEqual({
      fetch: 'https://a',
      push: '/b',
      binary: true,
      source: false,
    })
  })

  it('is not complete without a name, its URLs, a use, and all of its login', () => {
    const complete = (draft: typeof freshMirror): boolean =>
      isComplete(draft, problemsOf(draft, { mirrors: [mirror] }, 'user'))
    expect(complete(typed)).toBe(true)
    expect(complete({ ...typed, name: ' ' })).toBe(false)
    expect(complete({ ...typed, apart: true, fetch: 'https://a' })).toBe(false)
    expect(complete({ ...typed, binary: false, source: false })).toBe(false)
    expect(complete({ ...typed, login: { kind: 'variables', idIs: 'name', id: '', variable: 'X' } })).toBe(false)
    expect(complete({ ...typed, name: 'lab' })).toBe(false)
    expect(problemsOf({ ...typed, name: 'lab' }, { mirrors: [mirror] }, 'env:tools').name).toBeUndefined()
  })
})

describe('a changed mirror', () => {
  it('sends nothing while nothing is changed, and only what is', () => {
    expect(changedSettings(draftOf(mirror), mirror)).toBeUndefined()
    expect(changedSettings({ ...draftOf(mirror), unsigned: true, autopush: true }, mirror)).toEqual({
      signed: false,
      autopush: true,
    })
    expect(changedSettings({ ...draftOf(mirror), binary: false }, mirror)).toEqual({ binary: false, source: true })
  })

  it('says both addresses once they are parted', () => {
    const draft = { ...draftOf(mirror), apart: true, fetch: 'https://a', push: 'oci://ghcr.io/lab/cache' }
    expect(changedSettings(draft, mirror)).toEqual({ fetch: 'https://a', push: 'oci://ghcr.io/lab/cache' })
  })

  it('says one address once the two are one place, and that its login goes', () => {
    const apart = { ...mirror, fetchUrl: 'https://a', login: 'me, password in $P' }
    expect(changedSettings({ ...draftOf(apart), apart: false, url: 'https://a' }, apart)).toEqual({ url: 'https://a' })
    expect(changedSettings({ ...draftOf(apart), login: { kind: 'none' } }, apart)).toEqual({ login: 'none' })
  })
})

it('proposes a variable that a shell takes', () => {
  expect(proposeVariable('lab-cache.v2')).toBe('LAB_CACHE_V2_PASSWORD')
  expect(proposeVariable('2nd', 'TOKEN')).toBe('_2ND_TOKEN')
  expect(proposeVariable('')).toBe('MIRROR_PASSWORD')
})
