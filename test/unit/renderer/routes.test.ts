import { describe, expect, it } from 'vitest'
import { formatRoute, parseRoute, type Route, refKey } from '../../../renderer/app/routes.ts'

describe('routes', () => {
  const ref = { environment: '/home/me/my env & more', spack: '/opt/spack', sysroot: undefined }

  it.each<Route>([
    { screen: 'environments', ref, view: 'treemap', package: 'abc' },
    { screen: 'environments', ref: undefined, view: 'table', package: undefined },
    { screen: 'push', ref, job: 'job-1' },
    { screen: 'install', from: 'oci://h/n', into: '/my store', specs: ['vim', '/abc'], ref, all: true, job: 'job-2' },
    { screen: 'install' },
    { screen: 'registries' },
    { screen: 'registries', repository: 'oci://h/n', tag: 'a+b', view: 'files', layer: 'sha256:1', against: 'c' },
    { screen: 'registries', repository: 'oci-layout:///a b', act: 'delete', tags: ['x', 'y&z'], job: 'job-1' },
    { screen: 'registries', repository: 'oci://h/n', act: 'combine', tags: ['a', 'b'] },
    { screen: 'compose', repository: 'oci://h/n', specs: ['vim/abc', 'lua'], publish: true, job: 'job-3' },
    { screen: 'compose', repository: 'oci://h/n', tag: 'a+b' },
    { screen: 'activity', job: undefined },
    { screen: 'settings', tab: 'general', registry: undefined },
    { screen: 'settings', tab: 'registries', registry: 'registry.example.org:5000' },
  ])('come back from the address as they went in: $screen', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route)
  })

  it.each(['', '#', '#/nowhere', '#/environments?view=pie'])('fall back to the environments: %s', (hash) => {
    expect(parseRoute(hash)).toMatchObject({ screen: 'environments', view: 'table' })
  })

  it('tell environments of one name in two Spacks apart', () => {
    expect(refKey({ environment: 'a', spack: '/x' })).not.toBe(refKey({ environment: 'a', spack: '/y' }))
  })
})
