import { expect, it } from 'vitest'
import { absoluteBase, isBasePath } from '../../../main/image/base-path.ts'

it.each(['/srv/base', './rootfs.tar.gz', '../base', '~/base.tar', '.', '..', 'file:///srv/base:tag'])(
  '%s is a path',
  (text) => expect(isBasePath(text)).toBe(true),
)

it.each([
  'ubuntu:24.04',
  'images/base',
  'oci-layout:///srv/base',
  'ghcr.io/me/base',
  '.hidden',
  '~user/base',
  'scratch',
])('%s is none', (text) => expect(isBasePath(text)).toBe(false))

it('becomes absolute where it was written, with the name of an image that follows it', () => {
  const absolute = (text: string) => absoluteBase(text, { folder: '/work/images', home: '/home/me' })
  expect(absolute('./all.tar:ghcr.io/me/tools:v1')).toBe('/work/images/all.tar:ghcr.io/me/tools:v1')
  expect(absolute('../base/')).toBe('/work/base')
  expect(absolute('~/base.tar')).toBe('/home/me/base.tar')
  expect(absolute('/srv//base')).toBe('/srv/base')
  expect(absolute('file:///srv/my%20base.tar')).toBe('/srv/my base.tar')
  expect(absolute('ubuntu:24.04')).toBe('ubuntu:24.04')
  expect(() => absolute('file://elsewhere/base')).toThrow('names no file of this machine')
})
