# cmake -DINPUT=FILE -DOUTPUT=FILE.cpp -DNAME=SYMBOL -P embed.cmake: the bytes of INPUT as
# `extern const unsigned char bundle::SYMBOL[]` and `bundle::SYMBOL_size`.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT}
"#include <cstddef>
namespace bundle {
extern const unsigned char ${NAME}[];
extern const std::size_t ${NAME}_size;
const unsigned char ${NAME}[] = {
${bytes}};
const std::size_t ${NAME}_size = sizeof ${NAME};
}
")
