using Google.Protobuf.WellKnownTypes;
using Jiceng.Domain;

namespace Jiceng.Rpc;

/// <summary>Reads update masks (AIP-134).</summary>
public static class UpdateMask
{
    /// <summary>The fields to change.</summary>
    /// <param name="mask">The mask; not set, empty or <c>*</c> means all that can be changed.</param>
    /// <param name="changeable">Fields that can be changed.</param>
    /// <exception cref="ApiException">UPDATE_MASK_INVALID.</exception>
    public static IReadOnlySet<string> Resolve(FieldMask? mask, params string[] changeable)
    {
        if (mask is null || mask.Paths.Count == 0 || mask.Paths is ["*"])
            return changeable.ToHashSet();
        foreach (var path in mask.Paths)
        {
            if (!changeable.Contains(path))
            {
                var allowed = string.Join(", ", changeable);
                throw CommonErrors.UpdateMaskInvalid.With(("path", path), ("allowed", allowed)).At("update_mask", $"some of {allowed}");
            }
        }

        return mask.Paths.ToHashSet();
    }
}
