/* The table of contents of the program. */
#include <stdio.h>

int main(void)
{
    puts("ramplus");
    return 0;
}
