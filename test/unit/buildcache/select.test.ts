import { expect, it } from 'vitest'
import { findPackage } from '../../../main/buildcache/find-package.ts'
import { packageTag } from '../../../main/buildcache/package-tag.ts'
import { selectPackages } from '../../../main/buildcache/push/select.ts'
import type { DependencyType, SpecGraph, SpecNode } from '../../../main/spack/spec/graph.ts'
import { StrataError } from '../../../main/support/errors.ts'

function node(name: string, version: string, needs: Record<string, DependencyType[]> = {}, external = false): SpecNode {
  const edges = Object.entries(needs).map(([to, types]) => ({ hash: hashOf(to), name: to, types, virtuals: [] }))
  return {
    ...{ hash: hashOf(name), name: name.replace(/\d$/, ''), version, platform: 'linux', os: 'debian12' },
    ...{ target: 'x86_64', edges, parameters: {}, raw: {}, specVersion: 4, ...(external && { external: {} }) },
  }
}

function hashOf(name: string): string {
  return name.padEnd(32, '2')
}

const nodes = [
  node('app', '1.0', { lib: ['build', 'link'], tool: ['build'], libc: ['link'] }),
  node('lib', '2.0', { tool: ['build'] }),
  node('tool', '3.0'),
  node('libc', '2.36', {}, true),
  node('twin1', '1.0'),
  node('twin2', '2.0'),
]
const graph: SpecGraph = { nodes: new Map(nodes.map((one) => [one.hash, one])), roots: [], specVersion: 4 }
const names = (hashes: Iterable<string>) => [...hashes].map((hash) => graph.nodes.get(hash)?.name)
const all = { specs: [], only: 'all', buildDependencies: true } as const

it('chooses the roots and all that they need, externals first, then dependencies before dependents', () => {
  expect(names(selectPackages(graph, [hashOf('app')], all).chosen)).toEqual(['libc', 'lib', 'app', 'tool'])
})

it('leaves out what is needed to build only, or every dependency', () => {
  const withoutBuild = selectPackages(graph, [hashOf('app')], { ...all, buildDependencies: false })
  expect(names(withoutBuild.chosen)).toEqual(['libc', 'lib', 'app'])
  expect(names(selectPackages(graph, [hashOf('app')], { ...all, only: 'package' }).chosen)).toEqual(['app'])
})

it('takes named packages instead of the roots', () => {
  const { roots, chosen } = selectPackages(graph, [hashOf('app')], { ...all, specs: ['lib'] })
  expect([names(roots), names(chosen)]).toEqual([['lib'], ['lib', 'tool']])
})

it.each(['twin@2.0', 'twin@=2.0', '/twin2', 'twin/twin2', ' twin@2.0 '])('finds one package by %s', (spec) => {
  expect(findPackage(graph, spec).version).toBe('2.0')
})

it.each([
  ['twin', 'usage'],
  ['li', 'package-not-found'],
  ['', 'usage'],
  ['a b', 'usage'],
])('does not find one by "%s"', (spec, code) => {
  try {
    findPackage(graph, spec)
  } catch (error) {
    expect(error).toBeInstanceOf(StrataError)
    expect((error as StrataError).code).toBe(code)
    expect((error as StrataError).hint).toBeTruthy()
    return
  }
  throw new Error('it was found')
})

it('tags are what Spack calls a package, what is illegal replaced, what is too long kept at both ends', () => {
  const hash = 'a'.repeat(32)
  expect(packageTag({ name: 'hello', version: '2.10', hash })).toBe(`hello-2.10-${hash}.spack`)
  expect(packageTag({ name: 'x', version: 'git.main=1+~', hash })).toBe(`x-git.main_1__-${hash}.spack`)
  const long = packageTag({ name: 'n'.repeat(100), version: '1', hash })
  expect(long).toHaveLength(128)
  expect(long).toBe(`${'n'.repeat(64)}${`${'n'.repeat(100)}-1-${hash}.spack`.slice(-64)}`)
})
