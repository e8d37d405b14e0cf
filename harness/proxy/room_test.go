package proxy

import "testing"

// The room for the next read doubles while reads fill it, and shrinks when sixteen in a row need little of it.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reads [][2]int // bytes that were read, and that there was room for
		want  int
	}{
		{"full", [][2]int{{leastRoom, leastRoom}}, 2 * leastRoom},
		{"full, of more than was asked for", [][2]int{{5000, 5000}}, 10_000},
		{"full, again and again", [][2]int{{1 << 12, 1 << 12}, {1 << 15, 1 << 15}, {1 << 16, 1 << 16}, {1 << 16, 1 << 16}}, mostRoom},
		{"not full", [][2]int{{leastRoom - 1, leastRoom}}, leastRoom},
		{"little, fifteen times", append([][2]int{{1 << 12, 1 << 12}}, little(15)...), 1 << 13},
		{"little, sixteen times", append([][2]int{{1 << 12, 1 << 12}}, little(16)...), 1 << 11},
		{"little, sixteen times, of much", append([][2]int{{1 << 15, 1 << 15}}, little(16)...), 1 << 14},
		{"little, 32 times, of much", append([][2]int{{1 << 15, 1 << 15}}, little(32)...), 1 << 12},
		{"little, and then more", append(append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1<<10 + 1, 1 << 13}), little(15)...), 1 << 13},
		{"little, and then an eighth", append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1 << 10, 1 << 13}), 1 << 11},
		{"little, and then full", append(append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1 << 13, 1 << 13}), little(15)...), 1 << 14},
	} {
		l := line{room: leastRoom}
		for _, r := range tt.reads {
			l.fit(r[0], r[1])
		}
		if l.room != tt.want {
			t.Errorf("%s: room for %d bytes, want %d", tt.name, l.room, tt.want)
		}
	}
}

// little are reads that need little of their room.
func little(n int) [][2]int {
	all := make([][2]int, n)
	for i := range all {
		all[i] = [2]int{1, 1 << 13}
	}
	return all
}
