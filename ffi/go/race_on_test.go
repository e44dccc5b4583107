//go:build race

package imagegate_test

const raceDetector = true
