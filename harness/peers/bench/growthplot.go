package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// The size of the plot and of its margins, in pixels, and the decades of its axes: 1 to 10^6, and 10 µs to 100 s.
const (
	plotWidth, plotHeight = 760, 460
	plotLeft, plotTop     = 70, 20
	plotRight, plotBottom = 20, 150
	decadesX              = 6
	decadesY, lowestY     = 7, -5
)

var plotColours = []string{"#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df"}

// growthPlot draws curves as SVG, both axes in logarithms: linear growth is a straight line of the slope of the dashed one.
func growthPlot(all []*curve) []byte {
	const w, h = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	x := func(n float64) float64 { return plotLeft + w*math.Log10(n)/decadesX }
	y := func(seconds float64) float64 {
		return plotTop + h*(1-(math.Log10(max(seconds, 1e-5))-lowestY)/decadesY)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	line := func(x1, y1, x2, y2 float64, style string) {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" %s/>`+"\n", x1, y1, x2, y2, style)
	}
	for d := range decadesX + 1 {
		at := x(math.Pow10(d))
		line(at, plotTop, at, plotTop+h, `stroke="#ddd"`)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%.0f</text>`+"\n", at, plotTop+h+16, math.Pow10(d))
	}
	for d := range decadesY + 1 {
		at := y(math.Pow10(d + lowestY))
		line(plotLeft, at, plotLeft+w, at, `stroke="#ddd"`)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%g s</text>`+"\n", plotLeft-6, at+4, math.Pow10(d+lowestY))
	}
	line(x(1), y(1e-5), x(1e6), y(10), `stroke="#888" stroke-dasharray="4"`)
	for i, c := range all {
		colour := plotColours[i%len(plotColours)]
		fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, colour)
		for k, n := range c.sizes {
			fmt.Fprintf(&b, "%.1f,%.1f ", x(float64(n)), y(c.took[k].Seconds()))
		}
		at := plotTop + h + 40 + 18*i
		fmt.Fprintf(&b, `"/>`+"\n"+`<text x="%d" y="%d" fill="%s">%s</text>`+"\n", plotLeft, at, colour, html.EscapeString(c.name))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
