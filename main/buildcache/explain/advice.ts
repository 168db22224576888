import type { EnvironmentRef } from '../../api/models.ts'
import type { Cause } from '../../spack/spec/causes.ts'
import type { SpecNode } from '../../spack/spec/graph.ts'
import { runsOn, targetFamily, targetOf } from '../../spack/spec/target.ts'
import { environmentForSpack, shellQuote } from '../push/command.ts'
import { variantWord } from './words.ts'

/** The commands that help, as they are for this environment and this cache. */
export interface Commands {
  /** Pushes a package of the environment into the cache. */
  push(name: string): string
  /** Has Spack choose again, with what is there. */
  reuse(name: string): string
  /** Brings the cache's index up to date. */
  readonly index: string
}

export function commandsFor(repository: string, { spack, environment }: Partial<EnvironmentRef>): Commands {
  const line = (words: readonly string[]): string => words.map(shellQuote).join(' ')
  const of = [...(spack ? ['--spack', spack] : []), ...(environment ? ['--env', environment] : [])]
  const again =
    environment && line(['spack', '-e', environmentForSpack(environment), 'concretize', '--force', '--reuse'])
  return {
    push: (name) => line(['strata', 'push', name, ...of, '--to', repository, '--update-index']),
    reuse: (name) => again ?? line(['spack', 'install', '--reuse', name]),
    index: line(['strata', 'index', repository]),
  }
}

/** What may be done about a cause, one way a line. `wanted` and `cached` are the packages at the top of it. */
export function adviceFor(cause: Cause, wanted: SpecNode, cached: SpecNode, commands: Commands): readonly string[] {
  const { difference, path } = cause
  const at = path.at(-1) ?? wanted.name
  const [mine = '', other = ''] = [difference.wanted, difference.cached]
  const push = `Push yours: ${commands.push(wanted.name)}`
  const reuse = `Take what is there: ${commands.reuse(wanted.name)}`
  switch (difference.kind) {
    case 'platform':
      return [push]
    case 'target':
      return targetAdvice(wanted, cached, push, reuse)
    case 'os':
      return ['Spack takes packages of another system where concretizer:os_compatible allows it', push]
    case 'libc':
      return ['What was built on an older libc runs on a newer one', reuse, push]
    case 'version':
      return [`Ask for ${at}@${other}`, reuse, push]
    case 'compiler':
      return other === '' ? [reuse, push] : [`Ask for ${at} %${other}`, reuse, push]
    case 'format':
      return Number(mine) < Number(other) ? ['A Spack before 1.0 cannot use it', push] : [reuse, push]
    case 'variant':
      return other === '' ? [push] : [`Ask for ${at} ${variantWord(difference.subject ?? '', other)}`, reuse, push]
    case 'provider':
      return [`Ask for ${wanted.name} ^${other}`, reuse, push]
    case 'recipe':
    case 'patches':
    case 'namespace':
      return ['Use the package recipes that the cache was filled with', reuse, push]
    case 'external':
      return [`Declare ${at} in packages.yaml as it is where the cache is filled`, push]
    default:
      return [reuse, push]
  }
}

function targetAdvice(wanted: SpecNode, cached: SpecNode, push: string, reuse: string): readonly string[] {
  const [mine, other] = [targetOf(wanted), targetOf(cached)]
  if (targetFamily(mine.name, mine.parents) !== targetFamily(other.name, other.parents))
    return ['That is another architecture, whose packages cannot run here', push]
  if (runsOn(other, mine.name) === true)
    return [`It runs on ${wanted.target}, too: set target=${cached.target} (packages:all:require)`, reuse, push]
  return [`It may not run on ${wanted.target}: fill the cache for target=${wanted.target}, or for an older one`, push]
}
