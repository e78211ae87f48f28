/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the bytes from 0x80 on. */
#include "data/text/charmap.h"

#include "core/strings/utf8.h"

/* The characters of the bytes from 0x80 on; '.' and the end stand for the ones of Latin-1. */
// clang-format off
static const char *const upper_half[CHARMAPS] = {
    [CHARMAP_LATIN_1] = "",
    [CHARMAP_1252] =
        "€.‚ƒ„…†‡ˆ‰Š‹Œ.Ž..‘’“”•–—˜™š›œ.žŸ",
    [CHARMAP_1251] =
        "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—.™љ›њќћџ.ЎўЈ.Ґ..Ё.Є....Ї..Ііґ...ё№є.јЅѕї"
        "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя",
    [CHARMAP_1250] =
        "€.‚.„…†‡.‰Š‹ŚŤŽŹ.‘’“”•–—.™š›śťžź.ˇ˘Ł.Ą....Ş....Ż..˛ł.....ąş.Ľ˝ľż"
        "Ŕ..Ă.ĹĆ.Č.Ę.Ě..ĎĐŃŇ..Ő..ŘŮ.Ű..Ţ.ŕ..ă.ĺć.č.ę.ě..ďđńň..ő..řů.ű..ţ˙",
    [CHARMAP_1253] =
        "€.‚ƒ„…†‡.‰.‹.....‘’“”•–—.™.›.....΅Ά............―....΄...ΈΉΊ.Ό.ΎΏ"
        "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ.ΣΤΥΦΧΨΩΪΫάέήίΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ",
    [CHARMAP_1254] =
        "€.‚ƒ„…†‡ˆ‰Š‹Œ....‘’“”•–—˜™š›œ..Ÿ................................"
        "................Ğ............İŞ.................ğ............ış",
    [CHARMAP_1257] =
        "€.‚.„…†‡.‰.‹.¨ˇ¸.‘’“”•–—.™.›.¯˛.........Ø.Ŗ....Æ........ø.ŗ....æ"
        "ĄĮĀĆ..ĘĒČ.ŹĖĢĶĪĻŠŃŅ.Ō...ŲŁŚŪ.ŻŽ.ąįāć..ęēč.źėģķīļšńņ.ō...ųłśū.żž˙",
    [CHARMAP_8859_2] =
        ".................................Ą˘Ł.ĽŚ..ŠŞŤŹ.ŽŻ.ą˛ł.ľśˇ.šşťź˝žż"
        "Ŕ..Ă.ĹĆ.Č.Ę.Ě..ĎĐŃŇ..Ő..ŘŮ.Ű..Ţ.ŕ..ă.ĺć.č.ę.ě..ďđńň..ő..řů.ű..ţ˙",
    [CHARMAP_MAC_ROMAN] =
        "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°..§•¶ß®.™´¨≠ÆØ∞.≤≥¥.∂∑∏π∫ªºΩæø"
        "¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ",
    [CHARMAP_437] =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
        "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0",
};
// clang-format on

bool charmap_is_windows(enum Charmap map) { return map >= CHARMAP_1252 && map <= CHARMAP_1257; }

int charmap_byte(enum Charmap map, int32_t rune)
{
    const bool windows = charmap_is_windows(map);
    const char *p = upper_half[map];
    if (windows && rune == 0xfffd) return CHARMAP_LOST;
    if (rune < 0x80) return windows && rune == CHARMAP_LOST ? -1 : (int)rune;
    for (int byte = 0x80; byte < 0x100; byte++) {
        const int32_t own = *p ? utf8_next(&p) : '.';
        if (rune == (own == '.' ? byte : own)) return byte;
    }
    return -1;
}

bool charmap_any(int32_t rune, int lo, int hi)
{
    for (int map = CHARMAP_LATIN_1; map <= CHARMAP_1257; map++) {
        const int byte = charmap_byte((enum Charmap)map, rune);
        if (byte >= lo && byte <= hi) return true;
    }
    return false;
}
