package sim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// checkTags checks tags that are to be set on a key that has had others.
//
// Rules: MRK-TAG-01, MRK-TAG-02.
func (w *World) checkTags(tags []types.Tag, others int) error {
	seen := map[string]bool{}
	for i, tg := range tags {
		at := "tags." + strconv.Itoa(i+1) + ".member."
		if tg.TagKey == nil {
			return missing(at + "tagKey")
		}
		if tg.TagValue == nil {
			return missing(at + "tagValue")
		}
		switch {
		case *tg.TagKey == "":
			return fail(codeValidation, "1 validation error detected: Value '' at '%stagKey' failed to satisfy constraint: Member must have length greater than or equal to 1", at)
		case len(*tg.TagKey) > 128:
			return fail(codeValidation, "1 validation error detected: Value '%s' at '%stagKey' failed to satisfy constraint: Member must have length less than or equal to 128", *tg.TagKey, at)
		case len(*tg.TagValue) > 256:
			return fail(codeValidation, "1 validation error detected: Value '%s' at '%stagValue' failed to satisfy constraint: Member must have length less than or equal to 256", *tg.TagValue, at)
		case reservedTag(*tg.TagKey):
			return fail(codeTag, "")
		case seen[*tg.TagKey]:
			return fail(codeTag, "Duplicate tag keys")
		}
		seen[*tg.TagKey] = true
	}
	if len(tags)+others > w.options.Limits.TagsPerKey {
		return fail(codeTag, "Too many tags")
	}
	return nil
}

// reservedTag says whether a tag's key is one that only AWS may set.
func reservedTag(key string) bool { return strings.HasPrefix(strings.ToLower(key), "aws:") }

func tagsOf(tags []types.Tag) []tag {
	var list []tag
	for _, tg := range tags {
		list = append(list, tag{*tg.TagKey, *tg.TagValue})
	}
	return list
}

func tagList(tags []tag) []types.Tag {
	list := []types.Tag{}
	for _, tg := range tags {
		list = append(list, types.Tag{TagKey: &tg.Key, TagValue: &tg.Value})
	}
	return list
}

// TagResource sets tags of a member.
func (w *World) TagResource(c *Call, in *kms.TagResourceInput) (out *kms.TagResourceOutput, err error) {
	t, err := w.begin(c, opTagResource, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.Tags == nil {
		return nil, missing("tags")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, tg := range in.Tags {
		names[text(tg.TagKey)] = true
	}
	kept := slices.DeleteFunc(slices.Clone(m.tags), func(tg tag) bool { return names[tg.Key] })
	if err := w.checkTags(in.Tags, len(kept)); err != nil {
		return nil, err
	}
	m.tags = append(kept, tagsOf(in.Tags)...)
	w.touch(m)
	return &kms.TagResourceOutput{}, nil
}

// UntagResource removes tags of a member; those it does not have are no error.
func (w *World) UntagResource(c *Call, in *kms.UntagResourceInput) (out *kms.UntagResourceOutput, err error) {
	t, err := w.begin(c, opUntagResource, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.TagKeys == nil {
		return nil, missing("tagKeys")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(in.TagKeys, reservedTag) {
		return nil, fail(codeTag, "") // assumed, as for TagResource
	}
	m.tags = slices.DeleteFunc(slices.Clone(m.tags), func(tg tag) bool { return slices.Contains(in.TagKeys, tg.Key) })
	w.touch(m)
	return &kms.UntagResourceOutput{}, nil
}

// ListResourceTags lists a member's tags.
func (w *World) ListResourceTags(c *Call, in *kms.ListResourceTagsInput) (out *kms.ListResourceTagsOutput, err error) {
	t, err := w.begin(c, opListResourceTags, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	tags := w.shownTags(m)
	cut, next, err := page(tags, in.Limit, in.Marker, 50, 50, func(i int) string { return tags[i].Key })
	if err != nil {
		return nil, err
	}
	return &kms.ListResourceTagsOutput{Tags: tagList(cut), NextMarker: next, Truncated: next != nil}, nil
}
