import { IconServer2 } from '@tabler/icons-react'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { OpenRepository } from './OpenRepository.tsx'

/** Nothing is open: what would be here, and how to get it. */
export function StartPage() {
  return (
    <EmptyState icon={IconServer2} title="Open a repository" actions={<OpenRepository large />}>
      Type a reference, or choose one at the left. You see its packages and images, what each layer is and who shares
      it, and can copy, delete, prune and check. Nothing is asked of a registry before you open it.
    </EmptyState>
  )
}
