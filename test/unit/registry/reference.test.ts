import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatReference, imageName, isLoopback, parseReference } from '../../../main/registry/reference.ts'
import { isLegalTag } from '../../../main/registry/tag.ts'
import { StrataError } from '../../../main/support/errors.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`

describe('parseReference', () => {
  it.each([
    ['ubuntu', 'oci://docker.io/library/ubuntu'],
    ['ubuntu:24.04', 'oci://docker.io/library/ubuntu:24.04'],
    ['ubuntu:5000', 'oci://docker.io/library/ubuntu:5000'],
    ['me/image', 'oci://docker.io/me/image'],
    ['index.docker.io/ubuntu', 'oci://docker.io/library/ubuntu'],
    ['registry-1.docker.io/me/image', 'oci://docker.io/me/image'],
    ['docker://quay.io/a/b/c:tag', 'oci://quay.io/a/b/c:tag'],
    ['ghcr.io/Me/Cache', 'oci://ghcr.io/me/cache'],
    ['localhost/cache', 'oci+http://localhost/cache'],
    ['localhost:5000/cache', 'oci+http://localhost:5000/cache'],
    ['127.0.0.1:5000/cache:t', 'oci+http://127.0.0.1:5000/cache:t'],
    ['[::1]:5000/cache', 'oci+http://[::1]:5000/cache'],
    ['host:5000/cache', 'oci://host:5000/cache'],
    ['MyHost/cache', 'oci://MyHost/cache'],
    ['oci://localhost:5000/cache', 'oci://localhost:5000/cache'],
    ['oci+http://registry.lab:5000/a/b', 'oci+http://registry.lab:5000/a/b'],
    [`ghcr.io/a/b@${digest}`, `oci://ghcr.io/a/b@${digest}`],
    [`ghcr.io/a/b:t@${digest}`, `oci://ghcr.io/a/b:t@${digest}`],
    ['ghcr.io/a/b__c/d--e.f_g', 'oci://ghcr.io/a/b__c/d--e.f_g'],
    ['oci-layout:///tmp/x', 'oci-layout:///tmp/x'],
    ['oci-layout:///tmp/x/:tag', 'oci-layout:///tmp/x:tag'],
    ['oci-layout:///tmp/a b/x:tag', 'oci-layout:///tmp/a b/x:tag'],
    [`oci-layout:///tmp/x@${digest}`, `oci-layout:///tmp/x@${digest}`],
  ])('reads %s', (text, expected) => {
    expect(formatReference(parseReference(text))).toBe(expected)
  })

  it.each([
    ['', 'empty'],
    ['oci://', 'empty'],
    ['ftp://host/x', 'ftp'],
    ['oci://ghcr.io', 'repository is missing'],
    ['localhost:5000', 'repository is missing'],
    ['ghcr.io/', 'repository is missing'],
    ['ghcr.io//x', '""'],
    ['ghcr.io/a/-b', '"-b"'],
    ['ghcr.io/a b', '"a b"'],
    ['ghcr.io/a:.tag', '".tag"'],
    ['ghcr.io/a:', '""'],
    ['ghcr.io:99999/a', '99999'],
    ['-host.io/a', '"-host.io"'],
    ['user@ghcr.io/a', 'digest'],
    ['ghcr.io/a@sha256:12', 'sha256:12'],
    [`ghcr.io/a@sha512:${'0'.repeat(128)}`, 'sha512'],
    [`ghcr.io/${'a'.repeat(300)}`, '255'],
    ['oci-layout://relative', 'absolute'],
    ['oci-layout:///', 'missing'],
  ])('refuses %j and says which part', (text, part) => {
    let thrown: unknown
    try {
      parseReference(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(StrataError)
    expect(thrown).toMatchObject({ code: 'reference-invalid' })
    expect(thrown instanceof Error && thrown.message).toContain(part)
  })

  it('reads back what it formats, for every reference', () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/)
    const reference = fc.record({
      scheme: fc.constantFrom('oci', 'oci+http'),
      host: fc
        .stringMatching(/^[a-z][a-z0-9]{0,9}\.[a-z]{2,5}(:[1-9][0-9]{0,3})?$/)
        .filter((host) => !host.includes('docker')),
      path: fc.array(component, { minLength: 1, maxLength: 4 }),
      tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined }),
      digest: fc.option(fc.constant(digest), { nil: undefined }),
    })
    fc.assert(
      fc.property(reference, ({ scheme, host, path, tag, digest }) => {
        const text = `${scheme}://${host}/${path.join('/')}${tag === undefined ? '' : `:${tag}`}${digest ? `@${digest}` : ''}`
        expect(formatReference(parseReference(text))).toBe(text)
      }),
    )
  })

  it('either reads a text or refuses it with reference-invalid, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'a:/@.-_[]A0 '.split('')), maxLength: 30 }))
    fc.assert(
      fc.property(text, (text) => {
        try {
          const parsed = parseReference(text)
          expect(parseReference(formatReference(parsed))).toEqual(parsed)
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'reference-invalid' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('names', () => {
  it('are what podman wants to hear', () => {
    expect(imageName(parseReference('oci+http://localhost:5000/a:t'))).toBe('localhost:5000/a:t')
    expect(imageName(parseReference('oci-layout:///tmp/x:t'))).toBe('oci:/tmp/x:t')
  })

  it('know a loopback host', () => {
    expect(['localhost', 'localhost:5000', '127.0.0.1', '127.1.2.3:80', '[::1]:5000'].every(isLoopback)).toBe(true)
    expect(['ghcr.io', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'].some(isLoopback)).toBe(false)
  })

  it('tell a legal tag', () => {
    expect(['a', '_a', '1.0', 'zlib-1.3-abc.spack', 'a'.repeat(128)].every(isLegalTag)).toBe(true)
    expect(['', '.a', '-a', 'a b', 'a/b', 'a+b', 'a'.repeat(129)].some(isLegalTag)).toBe(false)
  })
})
