import { describe, expect, it } from 'vitest'
import { parseScope, scopeOfKey, specificity } from '../../../../main/registry/credentials/scope.ts'

describe('a scope that somebody types', () => {
  it.each([
    ['ghcr.io', 'ghcr.io', 'https'],
    ['GHCR.io/Me/', 'ghcr.io/me', 'https'],
    ['https://ghcr.io/', 'ghcr.io', 'https'],
    ['oci://ghcr.io/me/cache:latest', 'ghcr.io/me/cache', 'https'],
    ['ghcr.io/me/v2', 'ghcr.io/me/v2', 'https'],
    ['localhost:5000', 'localhost:5000', 'http, then https'],
    ['https://localhost:5000', 'localhost:5000', 'https'],
    ['oci+http://lab.example:5000/x', 'lab.example:5000/x', 'http'],
    ['[::1]:5000/me', '[::1]:5000/me', 'http, then https'],
    ['https://registry', 'registry', 'https'],
    ['https://index.docker.io/v1/', 'docker.io', 'https'],
    ['docker.io/me', 'docker.io/me', 'https'],
  ])('%s is %s over %s', (text, scope, schemes) => {
    expect(parseScope(text)).toEqual({ scope, schemes: schemes.split(', then ') })
  })

  it.each(['', 'ghcr', 'me/cache', 'oci-layout:///tmp/x', 'ftp://ghcr.io', 'ghcr.io/a b', 'ghcr.io//a', 'https://'])(
    'is refused when it names no registry: %j',
    (text) => {
      expect(() => parseScope(text)).toThrow('names no registry')
    },
  )
})

it('fits by whole parts of a name', () => {
  expect(specificity('ghcr.io', 'ghcr.io', 'me/cache')).toBe(0)
  expect(specificity('ghcr.io/me', 'GHCR.io', 'me/cache')).toBe(1)
  expect(specificity('ghcr.io/me/cache', 'ghcr.io', 'me/cache')).toBe(2)
  expect(specificity('ghcr.io/me/cache/x', 'ghcr.io', 'me/cache')).toBeUndefined()
  expect(specificity('ghcr.io/me', 'ghcr.io', 'me2')).toBeUndefined()
  expect(specificity('ghcr.io/me', 'ghcr.io', undefined)).toBe(1)
  expect(specificity('docker.io', 'index.docker.io', 'library/ubuntu')).toBe(0)
  expect(scopeOfKey('https://index.docker.io/v1/')).toBe('docker.io')
})
