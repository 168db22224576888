import { describe, expect, it } from 'vitest'
import { ActRequest } from '../../../main/api/acts.ts'
import { type ActSubject, freshDraft, lacking, toRequest } from '../../../renderer/features/registries/acts/draft.ts'
import { confirmWords, runWords } from '../../../renderer/features/registries/acts/words.ts'
import { fakeActPlan } from '../../support/fake-acts.ts'
import { demoCache } from '../../support/fake-cache.ts'

const repository = 'oci://ghcr.io/demo/cache'
const subject = (act: ActSubject['act'], tags: readonly string[] = []): ActSubject => ({ repository, act, tags })
const planOf = (request: unknown) => fakeActPlan(ActRequest.parse(request), demoCache(Date.now()), 'plan')

describe('the draft of an act', () => {
  it('says what it lacks before a plan is made', () => {
    expect(lacking(subject('tag', ['a']), freshDraft)).toBe('Type a new tag')
    expect(lacking(subject('copy'), freshDraft)).toBe('Say where to')
    expect(lacking(subject('delete'), freshDraft)).toBe('Choose tags')
    expect(lacking(subject('prune'), freshDraft)).toBe('Say what to keep')
    expect(lacking(subject('index'), freshDraft)).toBeUndefined()
    expect(toRequest(subject('prune'), freshDraft)).toBeUndefined()
  })

  it('becomes a request that the contract takes', () => {
    const requests = [
      toRequest(subject('tag', ['a']), { ...freshDraft, newTags: ['b'] }),
      toRequest(subject('copy'), { ...freshDraft, to: ' oci://x/y ' }),
      toRequest(subject('delete', ['a']), freshDraft),
      toRequest(subject('prune'), { ...freshDraft, newest: 2 }),
      toRequest(subject('index'), freshDraft),
      toRequest(subject('check', ['a']), { ...freshDraft, deep: true }),
    ]
    expect(requests.map((request) => ActRequest.parse(request).kind)).toEqual(['tag', 'copy', 'delete', 'prune', 'index', 'check']) // biome-ignore format: one list
    expect(requests[1]).toMatchObject({ to: 'oci://x/y', tags: [], dependencies: true })
    expect(requests[3]).toMatchObject({ keep: { newest: 2, days: undefined, tags: [], environments: [] } })
  })

  it('sends typed credentials with a copy, for where it goes', () => {
    const access = { credentials: { kind: 'token', token: 't' }, caFile: '', insecure: false } as const
    const request = toRequest(subject('copy'), { ...freshDraft, to: 'x/y', access })
    expect(request).toMatchObject({ toCredentials: { token: 't' } })
    expect(request).not.toHaveProperty('credentials')
  })
})

describe('the button of an act', () => {
  it('names its object', () => {
    expect(runWords(planOf({ kind: 'tag', repository, from: 'tools', to: ['a', 'b'] }))).toBe('Write 2 tags')
    expect(runWords(planOf({ kind: 'delete', repository, tags: ['climate'] }))).toBe('Delete 1 tag')
    expect(runWords(planOf({ kind: 'index', repository }))).toBe('Update index')
  })

  it('has to be confirmed by typing only where something is lost', () => {
    // The environment is tagged twice: both names go.
    expect(confirmWords(planOf({ kind: 'delete', repository, tags: ['tools'] }))).toBe('delete 2 tags')
    expect(confirmWords(planOf({ kind: 'copy', repository, to: 'oci://x/y' }))).toBeUndefined()
    expect(confirmWords(planOf({ kind: 'check', repository }))).toBeUndefined()
  })
})
