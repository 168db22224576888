import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CiRecipe, CiRequest } from '../../main/api/ci.ts'
import type { Output, Parsed } from '../../main/api/contract.ts'
import { recipeFor, writeRecipe } from '../../main/buildcache/ci/recipe.ts'
import type { Host } from '../../main/buildcache/source.ts'
import { openKeychain } from '../../main/registry/credentials/keychain.ts'
import { StrataError } from '../../main/support/errors.ts'
import { spackFiles } from './fake-spack-files.ts'
import { processFolder } from './process-folder.ts'

type CiMethod = 'ci.recipe' | 'ci.write'

const projects = '/home/demo/projects'
/** Mirrors as the fake environments have them. */
const manifest = 'spack:\n  specs: [vim]\n  mirrors:\n    demo: oci://ghcr.io/demo/cache\n'

/**
 * CI files made and written by the real engine, in a folder that stands for `/` and goes with the process. The environment `tools`
 * lies in a git repository, which has a pipeline for GitLab already; every other one lies in none.
 */
export function fakeCi(): { [M in CiMethod]: (input: Parsed<M>) => Promise<Output<M>> } {
  const top = processFolder('strata-fake-ci-')
  const put = (file: string, text: string): void => {
    mkdirSync(dirname(join(top, file)), { recursive: true })
    writeFileSync(join(top, file), text)
  }
  for (const file of ['lib/spack/spack/__init__.py', 'bin/spack'] as const)
    put(`/home/demo/spack/${file}`, spackFiles[`/home/demo/spack/${file}`])
  put(`${projects}/tools/.git/HEAD`, 'ref: refs/heads/main\n')
  put(`${projects}/tools/.gitlab-ci.yml`, 'stages: [test]\ntest:\n  script: make test\n')
  put(`${projects}/tools/spack.yaml`, manifest)
  put('/srv/environment/spack.yaml', manifest)
  const keychain = openKeychain({ folder: join(top, 'strata') })
  const host: Host = { env: {}, home: join(top, 'home/demo'), remembered: [], keychain, registries: [] }

  const made = (request: CiRequest): Promise<CiRecipe> => {
    const folder = request.environment === 'tools' ? `${projects}/tools` : '/srv/environment'
    return recipeFor({ ...request, spack: join(top, '/home/demo/spack'), environment: join(top, folder) }, host)
  }
  /** Nobody is to see where the folder really is. */
  const seen = async (recipe: Promise<CiRecipe>): Promise<CiRecipe> => {
    try {
      return JSON.parse(JSON.stringify(await recipe).replaceAll(top, '')) as CiRecipe
    } catch (error) {
      if (!(error instanceof StrataError)) throw error
      throw new StrataError(error.code, error.message.replaceAll(top, ''), { hint: error.hint })
    }
  }
  return {
    'ci.recipe': (request) => seen(made(request)),
    'ci.write': ({ force, ...request }) => seen(made(request).then((recipe) => writeRecipe(recipe, force))),
  }
}
