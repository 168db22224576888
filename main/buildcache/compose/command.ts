import type { ComposeRequest } from '../../api/compose.ts'

/** The arguments of `strata compose` that make the same image, without those that say how to get into the registry. */
export function composeWords(request: ComposeRequest): string[] {
  const { settings, variables } = request
  const words: string[] = []
  const option = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(name, String(value))
  }
  const flag = (name: string, set: boolean | undefined): void => {
    if (set) words.push(name)
  }
  option('--from', request.repository)
  option('--to', request.to)
  option('--base-image', request.base)
  option('--base-of', request.baseOf)
  option('--tag', request.tag)
  words.push(...request.roots)
  option('--max-layers', request.layerLimit)
  flag('--squash', request.squash)
  option('--title', request.title)
  for (const [name, value] of Object.entries(settings.labels ?? {})) option('--label', `${name}=${value}`)
  option('--entrypoint', settings.entrypoint && JSON.stringify(settings.entrypoint))
  option('--command', settings.command && JSON.stringify(settings.command))
  option('--workdir', settings.workingDirectory)
  option('--user', settings.user)
  for (const [name, value] of Object.entries(variables)) option('--env', `${name}=${value}`)
  option('--created', request.created)
  option('--baseline', request.baseline)
  flag('--oci-media-types', request.ociForm)
  flag('--allow-missing', request.allowMissing)
  flag('--attach-sbom', request.attachSbom)
  option('--sbom', request.sbomFile)
  return words
}
