"""The figures' colours, told apart without red and green too (Okabe and Ito, Color Universal Design, 2008)."""

CAUSE = "#D55E00"
ABNORMAL = "#E69F00"
ORDINARY = "#999999"
LINE = "#0072B2"
BAND = "#CCE3F2"
