import { describe, expect, it } from 'vitest'
import { externalLink, isTrustedSender } from '../../../app/electron/trusted-sender.ts'

const page = { url: 'app://strata/', parent: null }

describe('isTrustedSender', () => {
  it.each(['app://strata/', 'app://strata/index.html#/push'])('trusts the main frame of %s', (url) => {
    expect(isTrustedSender({ url, parent: null })).toBe(true)
  })

  it('does not trust a frame inside the page, even with the page’s own address', () => {
    expect(isTrustedSender({ url: 'app://strata/', parent: page })).toBe(false)
  })

  it('does not trust a frame that is gone', () => {
    expect(isTrustedSender(null)).toBe(false)
  })

  it.each([
    'https://strata/',
    'app://strata.evil.example/',
    'app://strata@evil.example/',
    'app://user:pass@strata/',
    'app://STRATA/',
    'app://strata:8080/',
    'app:strata',
    'file:///etc/passwd',
    'about:blank',
    'data:text/html,app://strata/',
    'blob:app://strata/1',
    '',
  ])('does not trust %s', (url) => {
    expect(isTrustedSender({ url, parent: null })).toBe(false)
  })
})

describe('externalLink', () => {
  it('lets an https link out', () => {
    expect(externalLink('https://spack.io/docs?a=b')).toBe('https://spack.io/docs?a=b')
  })

  it.each(['http://spack.io/', 'file:///bin/sh', 'smb://host/share', 'https://user:pw@spack.io/', 'javascript:1', 'x'])(
    'keeps %s in',
    (url) => {
      expect(externalLink(url)).toBeUndefined()
    },
  )
})
