import { describe, expect, it } from 'vitest'
import { InstallRequest } from '../../../main/api/install.ts'
import { parseRoute } from '../../../renderer/app/routes.ts'
import { freshDraft, lacking, saidBy, toRequest } from '../../../renderer/features/install/drafts.ts'
import { toolsRef } from '../../support/fake-data.ts'

const complete = { ...freshDraft, from: ' oci://ghcr.io/me/cache ', into: '/store', specs: ['vim'] }

describe('an install draft', () => {
  it('becomes a request that the contract accepts', () => {
    expect(InstallRequest.parse(toRequest(complete))).toMatchObject({
      from: 'oci://ghcr.io/me/cache',
      into: '/store',
      specs: ['vim'],
      all: false,
      buildDependencies: false,
    })
  })

  it('asks for one part of the cache only: what was said of the others waits', () => {
    const said = { ...complete, environment: toolsRef }
    expect(toRequest({ ...said, choice: 'environment' })).toMatchObject({
      environment: toolsRef,
      specs: [],
      all: false,
    })
    expect(toRequest({ ...said, choice: 'all' })).toMatchObject({ environment: undefined, specs: [], all: true })
  })

  it('is no request while it lacks something, and says what', () => {
    expect(lacking({ ...complete, from: ' ' })).toMatch(/cache/)
    expect(lacking({ ...complete, into: '' })).toMatch(/store/)
    expect(lacking({ ...complete, specs: [] })).toMatch(/package/)
    expect(lacking({ ...complete, choice: 'environment' })).toMatch(/environment/)
    expect(toRequest({ ...complete, specs: [] })).toBeUndefined()
  })

  it('keeps half typed credentials to itself', () => {
    const half = { ...complete, credentials: { kind: 'password', username: 'me', password: '' } } as const
    expect(toRequest(half)?.credentials).toBeUndefined()
  })

  it('is said by a link, which leaves the rest as it is', () => {
    const link = (hash: string) => {
      const route = parseRoute(hash)
      if (route.screen !== 'install') throw new Error('not the screen')
      return saidBy(route)
    }
    expect(link('#/install?from=demo&into=/s&spec=vim&spec=lua')).toEqual({
      from: 'demo',
      into: '/s',
      choice: 'specs',
      specs: ['vim', 'lua'],
    })
    expect(link('#/install?env=tools&spack=%2Fopt%2Fspack')).toMatchObject({ choice: 'environment' })
    expect(link('#/install?all')).toEqual({ choice: 'all' })
    expect(link('#/install')).toEqual({})
  })
})
