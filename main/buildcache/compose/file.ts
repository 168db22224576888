import { dirname } from 'node:path'
import { type ComposeRequest, CompositionDraft } from '../../api/compose.ts'
import {
  compositionFileOf,
  formatCompositionFile,
  optionsOf,
  parseCompositionFile,
  withAbsolutePaths,
} from '../../image/composition-file.ts'

/** A composition as a `strata.yaml`: what is as it would be anyway is not in it. */
export function compositionText(request: ComposeRequest): string {
  const { repository, to, tag, base, baseOf, roots, variables } = request
  return formatCompositionFile(
    compositionFileOf(
      { from: repository, to, tag, 'base-image': base, 'base-of': baseOf, roots },
      {
        ...request,
        variables: Object.keys(variables).length > 0 ? variables : undefined,
        squash: request.squash || undefined,
        ociForm: request.ociForm || undefined,
        allowMissing: request.allowMissing || undefined,
      },
    ),
  )
}

/** What a `strata.yaml` says; `home` is the user's. Throws `config-invalid`, with line and column. */
export function parseComposition(text: string, file: string, home: string): CompositionDraft {
  const parsed = withAbsolutePaths(parseCompositionFile(text, file), { folder: dirname(file), home })
  const { from, to, tag, roots } = parsed
  return CompositionDraft.parse({
    ...{ from, to, tag, roots },
    base: parsed['base-image'],
    baseOf: parsed['base-of'],
    ...optionsOf(parsed),
  })
}
