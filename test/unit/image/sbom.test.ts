import { describe, expect, it } from 'vitest'
import { compose } from '../../../main/image/compose.ts'
import type { Composition } from '../../../main/image/composition.ts'
import { cycloneDx, packageUrl } from '../../../main/image/sbom.ts'
import { parseReference } from '../../../main/registry/reference.ts'
import { madeBase, madeComposition, testDigest } from '../../support/composing.ts'

const stack = {
  vim: { needs: ['ncurses:link', 'gmake:build', 'check:test'] },
  lua: { needs: ['ncurses'] },
  ncurses: { version: '6.4+x', needs: ['gmake:build', 'glibc:link'] },
  gmake: {},
  check: {},
  glibc: { external: true },
} as const

interface Bom {
  serialNumber: string
  specVersion: string
  metadata: { component: { purl: string; type: string } }
  components: {
    name: string
    scope?: string
    purl: string
    'bom-ref': string
    hashes?: { content: string }[]
    properties?: { name: string }[]
  }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

function bomOf(roots: string[], rest: Partial<Composition> = {}, tag = 'tools'): { bom: Bom; text: string } {
  const composition = madeComposition(stack, { roots, base: madeBase(), ...rest })
  const { packages, base } = compose(composition)
  const reference = parseReference(`ghcr.io/me/cache:${tag}`)
  const text = cycloneDx({
    graph: composition.graph,
    packages,
    base,
    reference,
    digest: testDigest('image'),
  }).toString()
  return { bom: JSON.parse(text) as Bom, text }
}

describe('the SBOM of an image', () => {
  const { bom, text } = bomOf(['vim', 'lua'])
  const named = (name: string) => bom.components.find((one) => one.name === name)

  it('has every package of the image with its layer’s digest, and says what was only needed to build it', () => {
    expect(bom.components.map(({ name, scope }) => `${name} ${scope}`).sort()).toEqual([
      'glibc required',
      'gmake excluded',
      'lua required',
      'ncurses required',
      'ubuntu undefined',
      'vim required',
    ])
    expect(named('vim')?.hashes).toEqual([{ alg: 'SHA-256', content: testDigest('vim').slice(7) }])
    expect(named('gmake')?.hashes).toBeUndefined()
    expect(named('glibc')?.properties?.map(({ name }) => name)).toContain('spack:external')
  })

  it('names packages and images as package URLs', () => {
    expect(named('ncurses')?.purl).toBe('pkg:spack/builtin/ncurses@6.4%2Bx?sha=ncurses')
    expect(bom.metadata.component.purl).toBe(
      `pkg:oci/cache@sha256%3A${testDigest('image').slice(7)}?repository_url=ghcr.io/me/cache&tag=tools`,
    )
    const git = { hash: 'h', name: 'a', version: 'git.v2=2.0', namespace: 'my repo' }
    const node = { ...git, platform: 'linux', os: '', target: '', edges: [], parameters: {}, raw: {}, specVersion: 4 }
    expect(packageUrl(node)).toBe('pkg:spack/my%20repo/a@git.v2%3D2.0?sha=h')
  })

  it('tells what needs what, and refers to nothing that it does not list', () => {
    const of = (name: string) => bom.dependencies.find(({ ref }) => ref.includes(`/${name}@`))?.dependsOn
    expect(of('vim')?.map((ref) => ref.split('sha=')[1])).toEqual(['gmake', 'ncurses'])
    expect(of('cache')).toHaveLength(4)
    const refs = new Set([bom.metadata.component.purl, ...bom.components.map((one) => one['bom-ref'])])
    for (const { ref, dependsOn } of bom.dependencies)
      for (const one of [ref, ...dependsOn]) expect(refs).toContain(one)
    expect(new Set(bom.dependencies.map(({ ref }) => ref)).size).toBe(refs.size)
    expect(bom.components).toHaveLength(refs.size - 1)
  })

  it('is the same for the same image, in whatever order its roots were chosen', () => {
    expect(bomOf(['lua', 'vim']).text).toBe(text)
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(text).not.toMatch(/timestamp/)
  })
})
