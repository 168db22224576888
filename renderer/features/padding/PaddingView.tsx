import type { RoomProps } from '../environments/room.ts'

export function PaddingView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
