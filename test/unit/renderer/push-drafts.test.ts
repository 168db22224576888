import { beforeEach, describe, expect, it } from 'vitest'
import { PushRequest, Settings } from '../../../main/api/models.ts'
import { refKey } from '../../../renderer/app/routes.ts'
import { toRequest, usePushDrafts, withDefaults } from '../../../renderer/features/push/drafts.ts'
import { toolsEnvironment, toolsRef } from '../../support/fake-data.ts'

const { detail } = toolsEnvironment()
const settings = Settings.parse({ recentTargets: ['oci://ghcr.io/me/cache'] })

function draft(change: Parameters<ReturnType<typeof usePushDrafts.getState>['change']>[1] = {}) {
  usePushDrafts.getState().change(toolsRef, change)
  const made = usePushDrafts.getState().byRef[refKey(toolsRef)]
  if (!made) throw new Error('no draft')
  return made
}

describe('a push draft', () => {
  beforeEach(() => usePushDrafts.setState({ byRef: {} }))

  it('starts with the mirror of the environment and its name as the tag', () => {
    expect(withDefaults(draft(), detail, settings)).toMatchObject({ to: 'demo', tag: 'tools' })
  })

  it('falls back to the last target where the environment has no mirror', () => {
    expect(withDefaults(draft(), { ...detail, mirrors: [] }, settings).to).toBe('oci://ghcr.io/me/cache')
  })

  it('tags nothing by itself when packages are chosen or the name would not be a legal tag', () => {
    expect(withDefaults(draft({ packages: ['/abc'] }), detail, settings).tag).toBe('')
    expect(withDefaults(draft({ packages: [] }), { ...detail, name: 'my env' }, settings).tag).toBe('')
  })

  it('becomes a request that the contract accepts', () => {
    const request = toRequest(toolsRef, withDefaults(draft({ baseImage: ' debian:12 ' }), detail, settings))
    expect(PushRequest.parse(request)).toMatchObject({ to: 'demo', baseImage: 'debian:12', environment: 'tools' })
  })

  it('is no request while it says no target', () => {
    expect(toRequest(toolsRef, withDefaults(draft({ to: '  ' }), detail, settings))).toBeUndefined()
  })

  it('keeps half typed credentials to itself', () => {
    const half = draft({ credentials: { kind: 'password', username: 'me', password: '' } })
    expect(toRequest(toolsRef, withDefaults(half, detail, settings))?.credentials).toBeUndefined()
  })
})
