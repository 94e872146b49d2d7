// See room.h.
#include "room.h"

#include <stdint.h>

#include "../system.h"
#include "../text.h"

namespace redirect {

namespace {

/// Blocks are never unmapped, so a walk along them needs no lock. One is free when its holder is 0. It is also free
/// when its holder is gone: a vforked child that has executed gives nothing back, and shares our memory.
struct Block {
  Block* next;
  size_t size;  // of what is behind
  int holder;   // a thread
  int reserved;
};
static_assert(sizeof(Block) % 8 == 0);

Block* blocks = nullptr;

void* map(size_t size) {
  const long at = sys::map(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return sys::failed(at) ? nullptr : reinterpret_cast<void*>(at);
}

bool is_gone(int thread) { return arch::syscall(__NR_tkill, thread, 0) == -ESRCH; }

bool take(Block& block, int holder, int me) {
  return __atomic_compare_exchange_n(&block.holder, &holder, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/// Memory for what stays, handed out from the front. Each chunk is its own header.
struct Chunk {
  size_t size;
  size_t used;
};
Chunk* newest = nullptr;

void* allocate(size_t size) {
  constexpr size_t least = size_t{1} << 16U;
  size = (size + 15) / 16 * 16;
  for (;;) {
    Chunk* chunk = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    if (chunk != nullptr && __atomic_load_n(&chunk->used, __ATOMIC_RELAXED) + size <= chunk->size) {
      const size_t at = __atomic_fetch_add(&chunk->used, size, __ATOMIC_RELAXED);
      if (at + size <= chunk->size) return reinterpret_cast<char*>(chunk) + at;
    }
    const size_t room = size + sizeof(Chunk) > least ? size + sizeof(Chunk) : least;
    auto* fresh = static_cast<Chunk*>(map(room));
    if (fresh == nullptr) return nullptr;
    fresh->size = room;
    fresh->used = sizeof(Chunk) + size;
    if (__atomic_compare_exchange_n(&newest, &chunk, fresh, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
      return reinterpret_cast<char*>(fresh) + sizeof(Chunk);
    sys::unmap(reinterpret_cast<uint64_t>(fresh), room);
  }
}

/// One text that stays, in a tree that grows by single exchanges: at each level two further bits of the hash say where
/// to go on, and a text comes to lie at the first empty place on its way.
struct Kept {
  Kept* below[4];
  uint64_t hash;
  char text[];
};
Kept* kept_texts = nullptr;

/// FNV-1a, its bits spread so that those at the top are as good as any.
uint64_t hash_of(const char* text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (; *text != 0; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001B3;
  return (hash ^ (hash >> 32U)) * 0x9E3779B97F4A7C15;
}

}  // namespace

void* take_block(size_t size) {
  const int me = static_cast<int>(arch::syscall(__NR_gettid));
  constexpr bool rounds[] = {false, true};
  for (const bool gone : rounds) {
    for (Block* block = __atomic_load_n(&blocks, __ATOMIC_ACQUIRE); block != nullptr; block = block->next) {
      if (block->size < size) continue;
      const int holder = __atomic_load_n(&block->holder, __ATOMIC_RELAXED);
      const bool is_free = gone ? holder != 0 && is_gone(holder) : holder == 0;
      if (is_free && take(*block, holder, me)) return block + 1;
    }
  }
  size_t room = 2 * path_room;  // so that few sizes come up, and one block serves many calls
  while (room < size + sizeof(Block)) room *= 2;
  auto* fresh = static_cast<Block*>(map(room));
  if (fresh == nullptr) return nullptr;
  fresh->size = room - sizeof(Block);
  fresh->holder = me;
  fresh->next = __atomic_load_n(&blocks, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&blocks, &fresh->next, fresh, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
  }
  return fresh + 1;
}

void give_back(void* block) { __atomic_store_n(&(static_cast<Block*>(block) - 1)->holder, 0, __ATOMIC_RELEASE); }

bool Buffer::grow(size_t size) {
  if (size > path_room) return false;
  auto* more = static_cast<char*>(take_block(path_room));
  if (more == nullptr) return false;
  memcpy(more, text, room);  // what it holds is the short one: a block has room for every path
  text = more;
  room = path_room;
  return true;
}

bool List::reserve(size_t count) {
  if (count <= sizeof few_ / sizeof few_[0]) return true;
  auto* more = static_cast<char**>(take_block(count * sizeof(char*)));
  if (more == nullptr) return false;
  if (strings != few_) give_back(strings);
  strings = more;
  return true;
}

const char* keep(const char* text) {
  const uint64_t hash = hash_of(text);
  Kept** at = &kept_texts;
  Kept* fresh = nullptr;
  for (uint64_t way = hash;; way <<= 2U) {
    Kept* kept = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (kept == nullptr && fresh == nullptr) {
      const size_t size = text::length(text) + 1;
      fresh = static_cast<Kept*>(allocate(sizeof(Kept) + size));
      if (fresh == nullptr) return nullptr;
      fresh->hash = hash;
      memcpy(fresh->text, text, size);
    }
    // Where another thread was faster, `kept` is what it put there. Ours is then lost if the text is the same.
    if (kept == nullptr && __atomic_compare_exchange_n(at, &kept, fresh, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
      return fresh->text;
    if (kept->hash == hash && text::equal(kept->text, text)) return kept->text;
    at = &kept->below[way >> 62U];
  }
}

}  // namespace redirect
