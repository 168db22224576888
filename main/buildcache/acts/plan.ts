import { createHash } from 'node:crypto'
import type { ActPlan, ActRequest } from '../../api/acts.ts'
import { formatReference } from '../../registry/reference.ts'
import type { ActSetting } from './act.ts'
import { actCommand } from './command.ts'

/** An act's plan: what it is about, with all that follows from the request. */
export function planOf(
  request: ActRequest,
  { repository, now }: Pick<ActSetting, 'repository' | 'now'>,
  content: Pick<ActPlan, 'title' | 'steps' | 'sums' | 'empty' | 'findings'> & { readonly target?: string },
): ActPlan {
  const madeAt = now()
  const { kind } = request
  const where = formatReference(repository.reference)
  const id = createHash('sha256')
    .update(JSON.stringify({ kind, where, madeAt, ...content }))
    .digest('hex')
    .slice(0, 16)
  return { id, kind, madeAt, repository: where, ...content, command: actCommand(request) }
}
