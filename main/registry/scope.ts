/** What a request needs to be allowed. */
export interface Scope {
  /** Empty for what belongs to no repository. */
  readonly repository: string
  readonly actions: 'pull' | 'pull,push' | 'delete'
  /** The repository that a mount reads from: both scopes go into one token. */
  readonly mountFrom?: string
}

/** What a registry asks for beside what we know to be needed is bounded: a token request is a URL. */
const maxAsked = 8

/**
 * The scopes of a request in the words of distribution's "Token Scope Documentation", the repository itself first,
 * together with those that the registry has named in a challenge (`repository:a/b:pull repository:c:*`).
 */
export function scopeWords(scope: Scope, asked = ''): readonly string[] {
  const actions = new Map<string, Set<string>>()
  const add = (resource: string, names: string) => {
    const known = actions.get(resource) ?? new Set()
    for (const name of names.split(',')) known.add(name)
    actions.set(resource, known)
  }
  if (scope.repository !== '') add(`repository:${scope.repository}`, scope.actions)
  if (scope.mountFrom !== undefined) add(`repository:${scope.mountFrom}`, 'pull')
  for (const word of asked.split(/\s+/).slice(0, maxAsked)) {
    // A repository's host may hold a port: the actions are what follows the last colon.
    const [, resource, names] = /^([\x21-\x7e]{1,300}):([\w*,]{1,60})$/.exec(word) ?? []
    if (resource !== undefined && names !== undefined) add(resource, names)
  }
  return [...actions].map(([resource, names]) => `${resource}:${[...names].join(',')}`)
}
