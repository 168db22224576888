import { describe, expect, it } from 'vitest'
import { type CiDraft, targetsOf, toRequest, withDefaults } from '../../../renderer/features/ci/draft.ts'
import { toolsEnvironment } from '../../support/fake-data.ts'

const draft: CiDraft = { provider: 'github', to: undefined, tag: undefined, baseImage: '', targets: [] }
const { detail } = toolsEnvironment()

describe('a CI recipe that nobody has said anything of', () => {
  it('takes the mirror of the environment, and its name as the tag', () => {
    expect(withDefaults(draft, detail, undefined)).toMatchObject({ to: 'demo', tag: 'tools' })
  })

  it('has no tag where the name is none, and no cache where none is known', () => {
    const unnamed = { ...detail, name: 'my tools', mirrors: [] }
    expect(withDefaults(draft, unnamed, undefined)).toMatchObject({ to: '', tag: '' })
  })

  it('keeps what was said, an empty tag as well', () => {
    const said = { ...draft, to: 'oci://h/n', tag: '' }
    expect(withDefaults(said, detail, undefined)).toMatchObject({ to: 'oci://h/n', tag: '' })
  })
})

describe('the request', () => {
  it('leaves out what is empty', () => {
    const request = toRequest(detail.ref, { ...draft, to: ' demo ', tag: ' ', baseImage: 'debian:12' })
    expect(request).toMatchObject({ provider: 'github', to: 'demo', baseImage: 'debian:12', targets: [] })
    expect(request?.tag).toBeUndefined()
  })

  it('is none without a cache', () => {
    expect(toRequest(detail.ref, { ...draft, to: ' ', tag: 'x' })).toBeUndefined()
  })

  it('takes what a target can be called, each once', () => {
    expect(targetsOf(['x86_64_v3', 'X86_64_V3', 'target=zen4', 'not one', '-x'])).toEqual(['x86_64_v3', 'zen4'])
  })
})
