import { describe, expect, it } from 'vitest'
import { scopeWords } from '../../../main/registry/scope.ts'

describe('scopeWords', () => {
  const pull = { repository: 'me/cache', actions: 'pull' } as const

  it('names the repository itself, and the one that a mount reads from', () => {
    expect(scopeWords(pull)).toEqual(['repository:me/cache:pull'])
    expect(scopeWords({ repository: 'me/cache', actions: 'pull,push', mountFrom: 'me/base' })).toEqual([
      'repository:me/cache:pull,push',
      'repository:me/base:pull',
    ])
    expect(scopeWords({ repository: '', actions: 'pull' })).toEqual([])
  })

  it('adds what the registry asks for, each resource once', () => {
    expect(scopeWords(pull, 'repository:me/cache:pull,delete registry:catalog:* repository:host:5000/x:pull')).toEqual([
      'repository:me/cache:pull,delete',
      'registry:catalog:*',
      'repository:host:5000/x:pull',
    ])
  })

  it('leaves out what is no scope, and does not let a registry ask without end', () => {
    expect(scopeWords(pull, 'nonsense repository: :pull repository:a:"; DROP')).toEqual(['repository:me/cache:pull'])
    expect(scopeWords(pull, Array.from({ length: 500 }, (_, i) => `repository:r${i}:pull`).join(' '))).toHaveLength(9)
  })
})
