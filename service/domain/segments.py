"""The 125 cells of R, F and M and their eleven names: a partition, every cell once."""

from typing import Final

_CELLS = {
    "Champions": "445 454 455 544 545 554 555",
    "Loyal": "335 344 345 354 355 435 444 543",
    "Potential Loyalist": ("323 333 341 342 351 352 353 423 431 432 433 441 442 451 452 453 531 532 533 541 542 551 552 553"),
    "New Customers": "311 411 412 421 422 511 512",
    "Promising": "313 314 315 413 414 415 424 425 513 514 515 521 522 523 524 525",
    "Need Attention": "324 325 334 343 434 443 534 535",
    "About To Sleep": "213 221 231 241 251 312 321 331",
    "At Risk": "124 125 133 134 135 142 143 145 152 153 224 225 234 235 242 243 244 245 252 253 254 255",
    "Cannot Lose Them": "113 114 115 144 154 155 214 215",
    "Hibernating": "122 123 132 211 212 222 223 232 233 322 332",
    "Lost": "111 112 121 131 141 151",
}

SEGMENT_OF: Final[dict[tuple[int, int, int], str | None]] = {
    (int(cell[0]), int(cell[1]), int(cell[2])): name for name, cells in _CELLS.items() for cell in cells.split()
}
"""(R, F, M) -> segment; a customer without a counted order scores 0, 0, 0 and has none."""
SEGMENT_OF[0, 0, 0] = None

SEGMENTS = tuple(_CELLS)
"""All names, best first."""
