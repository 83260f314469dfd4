/** Where a program that changes the size of its terminal does so: a sequence that terminals ignore. */
export const resizeMark = '\u001b_resize\u001b\\'
