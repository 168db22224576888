import { StrataError } from '../../main/support/errors.ts'
import { runAct } from './act.ts'
import { environmentName, type RepositoryOptions, repositoryRequest } from './repository.ts'

/** The options of `strata prune` as commander hands them over. */
export interface PruneOptions extends RepositoryOptions {
  readonly keepEnv?: readonly string[]
  readonly keep?: readonly string[]
  readonly newest?: number
  readonly days?: number
  readonly withBuildDependencies?: boolean
  readonly yes?: boolean
}

/** `strata prune`: shows what nothing kept needs, and deletes it when asked to. */
export async function prune(repository: string, options: PruneOptions): Promise<void> {
  const { keepEnv = [], keep = [], newest, days } = options
  if (keepEnv.length + keep.length === 0 && newest === undefined && days === undefined) {
    throw new StrataError('usage', 'what is to be kept is missing', {
      hint: 'Name it with --keep-env, --keep, --newest or --days: without any of them everything would go.',
    })
  }
  const request = await repositoryRequest(repository, options, 'prune')
  const environments = keepEnv.map((one) => ({ environment: environmentName(one), spack: request.spack }))
  await runAct(
    {
      kind: 'prune',
      ...request,
      keep: { environments, tags: [...keep], newest, days },
      buildDependencies: options.withBuildDependencies,
    },
    { json: options.json, dryRun: !options.yes },
  )
}
