import { resolve } from 'node:path'
import { browse } from './browse.ts'
import { describeExplanation } from './explain-text.ts'
import { type RepositoryOptions, repositoryRequest } from './repository.ts'

/** `strata explain`: why a cache was not used. */
export async function explain(
  specs: readonly string[],
  options: RepositoryOptions & { readonly from?: string; readonly sysroot?: string; readonly all?: boolean },
): Promise<void> {
  const { repository, ...request } = await repositoryRequest(options.from ?? '', options, 'explain')
  const explanation = await browse((engine, run) =>
    engine.call('cache.explain', {
      ...request,
      repository: repository === '' ? undefined : repository,
      sysroot: options.sysroot === undefined ? undefined : resolve(options.sysroot),
      specs: [...specs],
      all: options.all,
      run,
    }),
  )
  if (options.json) console.log(JSON.stringify(explanation))
  else console.log(describeExplanation(explanation).join('\n'))
  const { usable, external } = explanation.sums
  if (usable + external < explanation.explained.length) process.exitCode = 1
}
