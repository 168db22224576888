import type { RoomProps } from '../environments/room.ts'

export function ExplainView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
