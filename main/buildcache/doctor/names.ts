import type { RegistryKind } from '../../api/registries.ts'
import type { RegistryReference } from '../../registry/reference.ts'

/** What is wrong with a repository's name at this kind of registry, which would refuse it in its own dark words. */
export function nameFault(
  kind: RegistryKind,
  { registry, repository }: RegistryReference,
): { readonly message: string; readonly hint: string } | undefined {
  const parts = repository.split('/')
  const at = `${registry}/${repository}`
  if (kind === 'docker-hub') {
    if (parts[0] === 'library') {
      return {
        message: `${at}: nobody but Docker pushes there`,
        hint: `Name your own: docker.io/USER/${parts.at(-1)}.`,
      }
    }
    if (parts.length === 2) return undefined
    const [user, ...rest] = parts
    return {
      message: `${at}: Docker Hub takes names of two parts only, USER/NAME`,
      hint: `For example docker.io/${user}/${rest.join('-')}.`,
    }
  }
  const least = leastParts[kind]
  // gcr.io has PROJECT/NAME, Artifact Registry PROJECT/REPOSITORY/NAME.
  const wanted = kind === 'gar' && /(^|\.)gcr\.io$/.test(registry) ? least?.slice(0, 2) : least
  if (!wanted || parts.length >= wanted.length) return undefined
  const path = wanted.join('/')
  return { message: `${at}: the name is too short here, it has to be ${path}`, hint: `Write ${registry}/${path}.` }
}

/** The parts that a name has at least, where the registry gives them a meaning. */
const leastParts: Partial<Readonly<Record<RegistryKind, readonly string[]>>> = {
  ghcr: ['OWNER', 'NAME'],
  gitlab: ['GROUP', 'PROJECT'],
  gar: ['PROJECT', 'REPOSITORY', 'NAME'],
  harbor: ['PROJECT', 'NAME'],
  quay: ['NAMESPACE', 'NAME'],
}
